//! From the server's name to a connected socket.

use super::address::Host;
use super::error;
use super::socket::Socket;
use crate::transport::{ConnectionError, ConnectionFailure};
use alloc::{collections::VecDeque, vec::Vec};
use core::net::IpAddr;
use core::time::Duration;
use wasip2::io::poll::Pollable;
use wasip2::sockets::instance_network::{Network, instance_network};
use wasip2::sockets::ip_name_lookup::{ResolveAddressStream, resolve_addresses};
use wasip2::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

/// The least time that one of several addresses gets, as Go has it.
const LEAST: Duration = Duration::from_secs(2);

/// How a dead peer is noticed on a connection that is silent: as often as client-go asks.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A connection that is being made: a name is looked up, and its addresses are tried one
/// after the other.
pub(super) struct Connecting {
    host: Host,
    state: State,
    addresses: VecDeque<IpAddr>,
    /// The last address that failed, and why.
    failure: Option<ErrorCode>,
    /// Until when, by the pod's clock.
    end: Duration,
    /// Kept until all is dropped, since a caller may still hold pollables of them.
    given_up: Vec<TcpSocket>,
    looked_up: Option<ResolveAddressStream>,
    network: Network,
}

enum State {
    LookingUp,
    Next,
    Trying(TcpSocket, Duration),
    Done,
}

impl Connecting {
    /// Begins. Fails only where the host does not let names be looked up at all.
    pub(super) fn new(host: &Host, now: Duration, at_most: Duration) -> Result<Self, ErrorCode> {
        let network = instance_network();
        let mut addresses = VecDeque::new();
        let (state, looked_up) = match host.address() {
            Some(address) => {
                addresses.push_back(address);
                (State::Next, None)
            }
            None => (State::LookingUp, Some(resolve_addresses(&network, host.name())?)),
        };
        Ok(Self {
            host: host.clone(),
            state,
            addresses,
            failure: None,
            end: now.saturating_add(at_most),
            given_up: Vec::new(),
            looked_up,
            network,
        })
    }

    /// Goes on as far as it can without waiting. None while there is no connection.
    pub(super) fn advance(
        &mut self,
        now: Duration,
        peer: &str,
    ) -> Result<Option<Socket>, ConnectionError> {
        loop {
            if now >= self.end {
                return Err(error::timed_out(ConnectionFailure::ConnectTimeout, peer));
            }
            match core::mem::replace(&mut self.state, State::Done) {
                State::LookingUp => {
                    let next = self.looked_up.as_ref().map(|found| found.resolve_next_address());
                    match next {
                        Some(Ok(Some(address))) => {
                            self.addresses.extend(self.host.permits(from_wasi(&address)));
                            self.state = State::LookingUp;
                        }
                        Some(Err(ErrorCode::WouldBlock)) => {
                            self.state = State::LookingUp;
                            return Ok(None);
                        }
                        Some(Err(code)) if self.addresses.is_empty() => {
                            return Err(error::not_looked_up(code, peer));
                        }
                        Some(Ok(None) | Err(_)) | None => self.state = State::Next,
                    }
                }
                State::Next => match self.addresses.pop_front() {
                    Some(address) => self.state = self.attempt(address, now),
                    None => {
                        let code = self.failure.unwrap_or(ErrorCode::NameUnresolvable);
                        return Err(error::not_connected(code, peer));
                    }
                },
                State::Trying(socket, until) => match socket.finish_connect() {
                    Ok((input, output)) => return Ok(Some(Socket::new(socket, input, output))),
                    Err(ErrorCode::WouldBlock) if now < until => {
                        self.state = State::Trying(socket, until);
                        return Ok(None);
                    }
                    Err(code) => {
                        let late = code == ErrorCode::WouldBlock;
                        self.failure = Some(if late { ErrorCode::Timeout } else { code });
                        self.given_up.push(socket);
                        self.state = State::Next;
                    }
                },
                State::Done => return Ok(None),
            }
        }
    }

    /// Begins with an address. The time that is left is shared by those that follow.
    fn attempt(&mut self, address: IpAddr, now: Duration) -> State {
        let share = u32::try_from(self.addresses.len() + 1).unwrap_or(u32::MAX);
        let time = (self.end.saturating_sub(now) / share).max(LEAST);
        match start(&self.network, address, &self.host) {
            Ok(socket) => State::Trying(socket, now.saturating_add(time)),
            Err(code) => {
                self.failure = Some(code);
                State::Next
            }
        }
    }

    /// How long until it goes on without the host: to the next address, or to the end.
    pub(super) fn time_left(&self, now: Duration) -> Duration {
        let until = match self.state {
            State::Trying(_, until) => until.min(self.end),
            _ => self.end,
        };
        until.saturating_sub(now)
    }

    /// Ready when [`Connecting::advance`] may get further. None if it may at once.
    pub(super) fn pollable(&self) -> Option<Pollable> {
        match (&self.state, &self.looked_up) {
            (State::Trying(socket, _), _) => Some(socket.subscribe()),
            (State::LookingUp, Some(found)) => Some(found.subscribe()),
            _ => None,
        }
    }
}

fn start(network: &Network, address: IpAddr, host: &Host) -> Result<TcpSocket, ErrorCode> {
    let (family, remote) = match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            let address = Ipv4SocketAddress { port: host.port(), address: (a, b, c, d) };
            (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(address))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            let address = Ipv6SocketAddress {
                port: host.port(),
                flow_info: 0,
                address: (a, b, c, d, e, f, g, h),
                scope_id: host.scope(),
            };
            (IpAddressFamily::Ipv6, IpSocketAddress::Ipv6(address))
        }
    };
    let socket = create_tcp_socket(family)?;
    // A host that has no such settings loses the notice of a dead peer, and no more.
    let period = u64::try_from(KEEP_ALIVE.as_nanos()).unwrap_or(u64::MAX);
    if socket.set_keep_alive_enabled(true).is_ok() {
        let _ = socket.set_keep_alive_idle_time(period);
        let _ = socket.set_keep_alive_interval(period);
    }
    socket.start_connect(network, remote)?;
    Ok(socket)
}

fn from_wasi(address: &IpAddress) -> IpAddr {
    match *address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([a, b, c, d, e, f, g, h]),
    }
}
