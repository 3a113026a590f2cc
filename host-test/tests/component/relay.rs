//! What stands between the component and its API server, and does as it likes with what they say to each other: it sees
//! their TLS records, and may hold them back, alter them, repeat them, and cut the connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};

/// The types of TLS records (RFC 8446, 5.1).
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
/// And whatever is encrypted.
pub(crate) const APPLICATION_DATA: u8 = 23;

/// The length of what precedes a record's content.
pub(crate) const HEADER: usize = 5;

/// Who sent a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Client,
    Server,
}

/// A TLS record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Which connection it came over, from 1 on.
    pub(crate) connection: usize,
    pub(crate) by: By,
    /// Which one it is of that side's, from 0 on.
    pub(crate) number: usize,
    /// With its header.
    pub(crate) bytes: Vec<u8>,
}

impl Record {
    pub(crate) fn kind(&self) -> u8 {
        self.bytes[0]
    }

    /// Whether it is this one.
    pub(crate) fn is(&self, by: By, number: usize) -> bool {
        (self.by, self.number) == (by, number)
    }

    /// Whether it has the length of an encrypted alert, which no other record of these tests has.
    pub(crate) fn may_be_alert(&self) -> bool {
        self.kind() == APPLICATION_DATA && self.bytes.len() == HEADER + 2 + 1 + 16
    }

    /// What is done with one that nothing is done with.
    pub(crate) fn pass(&self) -> Vec<Step> {
        vec![Step::Send(self.bytes.clone())]
    }
}

/// What is done instead of passing a record on.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes in the record's direction.
    Send(Vec<u8>),
    /// Sends them one at a time.
    Trickle(Vec<u8>),
    /// Ends the connection to both sides, without a word of TLS.
    Cut,
    /// Passes nothing on any more in this direction.
    Stall,
    /// Goes on when the test says so.
    Wait(Arc<Notify>),
    /// Tells the test that it has come this far.
    Tell(Arc<Notify>),
}

type Rule = Box<dyn FnMut(&Record) -> Vec<Step> + Send>;

/// What has happened so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) records: Vec<Record>,
    /// The connections that were ended to both sides.
    pub(crate) ended: Vec<usize>,
}

/// Connects whoever connects to it with a server, for as long as it is there.
pub(crate) struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    rule: Mutex<Option<Rule>>,
    seen: watch::Sender<Seen>,
}

impl Relay {
    /// One that passes everything on to this server.
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { rule: Mutex::default(), seen: watch::Sender::default() });
        let of_task = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            // With this task end its connections.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                of_task.seen.send_modify(|seen| seen.connections += 1);
                let connection = of_task.seen.borrow().connections;
                connections.spawn(carry(Arc::clone(&of_task), connection, client, server));
            }
        });
        Self { address, shared, accepting: accepting.abort_handle() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does with each record what this says, from now on.
    pub(crate) fn meddle(&self, rule: impl FnMut(&Record) -> Vec<Step> + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Some(Box::new(rule));
    }

    /// Passes everything on from now on.
    pub(crate) fn pass(&self) {
        *self.shared.rule.lock().unwrap() = None;
    }

    pub(crate) fn seen(&self) -> Seen {
        self.shared.seen.borrow().clone()
    }

    /// Waits until it has seen what is wanted.
    pub(crate) async fn wait_until(&self, wanted: impl FnMut(&Seen) -> bool) {
        self.shared.seen.subscribe().wait_for(wanted).await.unwrap();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(shared: Arc<Shared>, connection: usize, client: TcpStream, server: TcpStream) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    // Whichever direction ends it. An error is a connection that broke, and was to be broken.
    tokio::select! {
        _ended = async {
            let mut direction = Direction { shared: &shared, connection, by: By::Client, number: 0 };
            while let Some(record) = direction.next(&mut from_client).await? {
                for step in direction.steps(&record) {
                    if act(step, &mut to_server).await? {
                        return Ok(());
                    }
                }
            }
            // What the client ended in this direction, the server may still answer.
            to_server.shutdown().await?;
            std::future::pending::<io::Result<()>>().await
        } => {}
        _ended = async {
            let mut direction = Direction { shared: &shared, connection, by: By::Server, number: 0 };
            while let Some(record) = direction.next(&mut from_server).await? {
                for step in direction.steps(&record) {
                    if act(step, &mut to_client).await? {
                        return Ok(());
                    }
                }
            }
            io::Result::Ok(())
        } => {}
    }
    // To close with bytes unread would reset the connection, and what was sent could be lost.
    let _gone = to_client.shutdown().await;
    let _gone = to_server.shutdown().await;
    shared.seen.send_modify(|seen| seen.ended.push(connection));
    let (mut nowhere, mut at_all) = (io::sink(), io::sink());
    let _gone = tokio::join!(
        io::copy(&mut from_client, &mut nowhere),
        io::copy(&mut from_server, &mut at_all)
    );
}

/// Takes a step in the direction of a stream. Whether that was the last one.
async fn act(step: Step, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<bool> {
    match step {
        Step::Send(bytes) => to.write_all(&bytes).await?,
        Step::Trickle(bytes) => {
            for byte in bytes {
                to.write_all(&[byte]).await?;
                // Whoever waits for it reads it before the next one is sent.
                tokio::task::yield_now().await;
            }
        }
        Step::Cut => return Ok(true),
        Step::Stall => std::future::pending().await,
        Step::Wait(told) => told.notified().await,
        Step::Tell(test) => test.notify_one(),
    }
    Ok(false)
}

/// What one side of a connection says.
struct Direction<'a> {
    shared: &'a Shared,
    connection: usize,
    by: By,
    number: usize,
}

impl Direction<'_> {
    /// The next record. None at the end.
    async fn next(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Record>> {
        let mut bytes = vec![0; HEADER];
        match from.read_exact(&mut bytes).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        };
        let length = usize::from(u16::from_be_bytes([bytes[3], bytes[4]]));
        bytes.resize(HEADER + length, 0);
        from.read_exact(&mut bytes[HEADER..]).await?;
        let (connection, by, number) = (self.connection, self.by, self.number);
        self.number += 1;
        Ok(Some(Record { connection, by, number, bytes }))
    }

    /// What is to be done with a record, which has been seen from then on.
    fn steps(&self, record: &Record) -> Vec<Step> {
        let steps = match &mut *self.shared.rule.lock().unwrap() {
            Some(rule) => rule(record),
            None => record.pass(),
        };
        self.shared.seen.send_modify(|seen| seen.records.push(record.clone()));
        steps
    }
}
