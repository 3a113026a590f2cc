//! Elections with lost requests and answers, slow servers, clocks that differ, programs that
//! stall and start again: as many as there are seeds.
//!
//! What is asserted is about true time, which none of those who take part knows.

use super::server::Server;
use crate::Error;
use crate::leases::{Elector, Event, Loss, Request, Step, Timings};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn in_thousand(&mut self, times: u64) -> bool {
        self.below(1000) < times
    }
}

/// A clock that runs at its own rate, from its own zero.
#[derive(Clone, Copy)]
struct LocalClock {
    offset: u64,
    /// Nanoseconds in a true microsecond.
    rate: u64,
}

impl LocalClock {
    fn at(self, time: u64) -> Duration {
        let local = u128::from(time) * u128::from(self.rate) / 1000;
        Duration::from_nanos(self.offset + u64::try_from(local).unwrap())
    }

    /// The first time at which it shows this.
    fn when(self, local: Duration) -> u64 {
        let since = u64::try_from(local.as_nanos()).unwrap().saturating_sub(self.offset);
        (u128::from(since) * 1000).div_ceil(u128::from(self.rate)).try_into().unwrap()
    }
}

/// One program that takes part.
struct Node {
    elector: Elector,
    clock: LocalClock,
    /// Ahead of the Unix epoch.
    wall: u64,
    /// Whether its identity is the same after each start.
    same_identity: bool,
    /// Counts its starts.
    life: u64,
    /// The request that it waits for.
    waits_for: Option<u64>,
    /// No request of it arrives before.
    cut_off_until: u64,
}

enum Happens {
    /// The program calls its elector.
    Poll(usize, u64),
    Arrives(usize, u64, u64, Request),
    Answered(usize, u64, u64, Result<Vec<u8>, Error>),
    /// The program gives up waiting for an answer.
    TimedOut(usize, u64, u64),
    Fault,
}

/// How rough it gets.
#[derive(Clone, Copy)]
struct Weather {
    nodes: usize,
    /// The slowest and the fastest clock, in nanoseconds for each true microsecond.
    rates: (u64, u64),
    timings: Timings,
    /// Of a hundred requests and answers, how many go astray or take long.
    losses: u64,
    /// Whether all have the same identity.
    twins: bool,
}

impl Weather {
    /// One with clocks as far apart as the timings allow for.
    fn of(seed: u64, nodes: usize) -> Self {
        let mut chance = Chance(seed ^ 0x5eed);
        // The sooner the others look again, the closer they come.
        let retry_period = Duration::from_millis([250, 1000, 2000][chance.below(3) as usize]);
        let timings = Timings { retry_period, ..Timings::default() };
        let losses = [0, 20, 50][chance.below(3) as usize];
        Self { nodes, rates: (816, 1224), timings, losses, twins: chance.below(4) == 0 }
    }

    fn elector(&self, index: usize, life: u64, same_identity: bool, now: Duration) -> Elector {
        let life = if same_identity { 0 } else { life };
        let identity = match self.twins {
            true => "twin".to_owned(),
            false => format!("node-{index}_{life}"),
        };
        Elector::new("a", identity, self.timings, now).unwrap()
    }
}

#[derive(Default, Debug)]
struct Seen {
    started: u64,
    deadline: u64,
    taken: u64,
    released: u64,
    failed: u64,
}

struct Simulation {
    chance: Chance,
    now: u64,
    order: u64,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    due: std::collections::HashMap<u64, Happens>,
    server: Server,
    nodes: Vec<Node>,
    weather: Weather,
    requests: u64,
    seen: Seen,
}

/// For so long everything goes wrong that can.
const STORM: u64 = 120 * SECOND;
/// The longest that a request takes, either way.
const LONGEST: u64 = 25 * SECOND;
/// Afterwards, for so long there may be no leader: what is still on its way, the longest lease by the
/// slowest clock, and the pause before the next look.
const CALM: u64 = LONGEST + 32 * SECOND;
/// And then one leads for so long.
const REIGN: u64 = 30 * SECOND;

impl Simulation {
    fn new(seed: u64, weather: Weather) -> Self {
        let mut this = Self {
            chance: Chance(seed),
            now: 0,
            order: 0,
            queue: BinaryHeap::new(),
            due: Default::default(),
            server: Server::default(),
            nodes: Vec::new(),
            weather,
            requests: 0,
            seen: Seen::default(),
        };
        for index in 0..weather.nodes {
            let (slowest, fastest) = weather.rates;
            let rate = match index {
                0 => slowest,
                1 => fastest,
                _ => slowest + this.chance.below(fastest - slowest + 1),
            };
            let clock = LocalClock { offset: this.chance.below(1 << 50), rate };
            let wall = this.chance.below(1 << 61);
            let same_identity = this.chance.in_thousand(300);
            let elector = weather.elector(index, 0, same_identity, clock.at(0));
            this.nodes.push(Node {
                elector,
                clock,
                wall,
                same_identity,
                life: 0,
                waits_for: None,
                cut_off_until: 0,
            });
            let start = this.chance.below(5 * SECOND);
            this.happens(start, Happens::Poll(index, 0));
        }
        let first = this.chance.below(5 * SECOND);
        this.happens(first, Happens::Fault);
        this
    }

    fn happens(&mut self, at: u64, what: Happens) {
        self.order += 1;
        self.queue.push(Reverse((at.max(self.now), self.order)));
        self.due.insert(self.order, what);
    }

    fn stormy(&self) -> bool {
        self.now < STORM
    }

    /// How long something takes on its way; none if it never arrives.
    fn travel(&mut self) -> Option<u64> {
        if !self.stormy() {
            return Some(MS + self.chance.below(50 * MS));
        }
        if self.chance.below(100) >= self.weather.losses {
            return Some(MS + self.chance.below(50 * MS));
        }
        match self.chance.below(4) {
            0 => None,
            1 | 2 => Some(self.chance.below(4 * SECOND)),
            _ => Some(self.chance.below(LONGEST)),
        }
    }

    fn run(mut self) -> Result<Seen, String> {
        let mut leads_since = None;
        while let Some(Reverse((at, order))) = self.queue.pop() {
            if at > STORM + CALM + REIGN {
                break;
            }
            self.now = at;
            let what = self.due.remove(&order).unwrap();
            self.handle(what);
            let leaders: Vec<usize> =
                (0..self.nodes.len()).filter(|&index| self.leads(index)).collect();
            if leaders.len() > 1 {
                return Err(format!("{leaders:?} lead at {:?}", Duration::from_nanos(at)));
            }
            if at >= STORM + CALM {
                let leader = leaders.first().copied();
                if leader.is_none() || leads_since.is_some_and(|since| Some(since) != leader) {
                    return Err(format!("{leader:?} leads at {at}, after {leads_since:?}"));
                }
                leads_since = leader;
            }
        }
        Ok(self.seen)
    }

    fn leads(&self, index: usize) -> bool {
        let Node { elector, clock, .. } = &self.nodes[index];
        elector.is_leader(clock.at(self.now))
    }

    fn handle(&mut self, what: Happens) {
        match what {
            Happens::Poll(index, life) if self.nodes[index].life == life => self.poll(index),
            Happens::Poll(..) => {}
            Happens::Arrives(index, life, number, request) => {
                let answer = self.server.handle(&request);
                if let Some(time) = self.travel() {
                    self.happens(self.now + time, Happens::Answered(index, life, number, answer));
                }
            }
            Happens::Answered(index, life, number, answer) => {
                self.answered(index, life, number, answer);
            }
            Happens::TimedOut(index, life, number) => {
                let error = Error::DeadlineExceeded("too late".into());
                self.answered(index, life, number, Err(error));
            }
            Happens::Fault => self.fault(),
        }
    }

    fn answered(&mut self, index: usize, life: u64, number: u64, answer: Result<Vec<u8>, Error>) {
        let now = self.now;
        let node = &mut self.nodes[index];
        if node.life != life || node.waits_for != Some(number) {
            return;
        }
        node.waits_for = None;
        node.elector.answered(node.clock.at(now), answer);
        self.poll(index);
    }

    /// What a program does in a turn of its loop.
    fn poll(&mut self, index: usize) {
        let now = self.now;
        let node = &mut self.nodes[index];
        let local = node.clock.at(now);
        let step = node.elector.step(local, Duration::from_nanos(node.wall + now));
        for event in node.elector.take_events() {
            match event {
                Event::StartedLeading => self.seen.started += 1,
                Event::StoppedLeading(Loss::Deadline) => self.seen.deadline += 1,
                Event::StoppedLeading(Loss::Taken) => self.seen.taken += 1,
                Event::StoppedLeading(Loss::Released) => self.seen.released += 1,
                Event::RequestFailed(_) => self.seen.failed += 1,
                Event::NewLeader(_) => {}
            }
        }
        let node = &self.nodes[index];
        let life = node.life;
        match step {
            Step::Wait(until) => {
                let wake = node.clock.when(until);
                // Programs come when they are woken, or later, as busy as they are.
                let late = match (self.stormy(), self.chance.below(100)) {
                    (true, 98..) => self.chance.below(20 * SECOND),
                    (true, 90..) => self.chance.below(SECOND),
                    _ => self.chance.below(10 * MS),
                };
                self.happens(wake + late, Happens::Poll(index, life));
            }
            Step::Over => self.start_again(index),
            Step::Send(request) => {
                self.requests += 1;
                let number = self.requests;
                let gives_up = node.clock.when(local + request.timeout);
                let cut_off = node.cut_off_until > now;
                self.nodes[index].waits_for = Some(number);
                self.happens(gives_up, Happens::TimedOut(index, life, number));
                if let Some(time) = self.travel().filter(|_| !cut_off) {
                    self.happens(now + time, Happens::Arrives(index, life, number, request));
                }
            }
        }
    }

    fn start_again(&mut self, index: usize) {
        let weather = self.weather;
        let pause = self.chance.below(if self.stormy() { 20 * SECOND } else { SECOND });
        let node = &mut self.nodes[index];
        node.life += 1;
        node.waits_for = None;
        // A container that starts anew has another clock, of the same machine.
        node.clock.offset += 1 << 40;
        let at = node.clock.at(self.now + pause);
        node.elector = weather.elector(index, node.life, node.same_identity, at);
        let life = node.life;
        self.happens(self.now + pause, Happens::Poll(index, life));
    }

    fn fault(&mut self) {
        if !self.stormy() {
            return;
        }
        let mut index = self.chance.below(self.nodes.len() as u64) as usize;
        // It is the leader that is to be troubled.
        if self.chance.in_thousand(500) {
            index = (0..self.nodes.len()).find(|&index| self.leads(index)).unwrap_or(index);
        }
        match self.chance.below(10) {
            0..4 => {
                let until = self.now + self.chance.below(30 * SECOND);
                self.nodes[index].cut_off_until = until.min(STORM);
            }
            4 | 5 => self.start_again(index),
            6 => {
                let now = self.now;
                let node = &mut self.nodes[index];
                node.elector.release(node.clock.at(now));
                let life = node.life;
                self.happens(now, Happens::Poll(index, life));
            }
            7 => self.nodes[index].wall = self.chance.below(1 << 61),
            8 => self.server.touch(),
            _ => {
                // Woken without need.
                let life = self.nodes[index].life;
                self.happens(self.now, Happens::Poll(index, life));
            }
        }
        let next = self.now + self.chance.below(10 * SECOND);
        self.happens(next, Happens::Fault);
    }
}

fn run(seeds: std::ops::Range<u64>, nodes: usize) {
    let mut all = Seen::default();
    for seed in seeds {
        match Simulation::new(seed, Weather::of(seed, nodes)).run() {
            Ok(seen) => {
                all.started += seen.started;
                all.deadline += seen.deadline;
                all.taken += seen.taken;
                all.released += seen.released;
                all.failed += seen.failed;
            }
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    // Each stopped before another could begin, and none had to learn it from the Lease.
    assert_eq!(all.taken, 0, "{all:?}");
    // And it was no fair weather.
    for count in [all.started, all.deadline, all.released, all.failed] {
        assert!(count > 200, "{all:?}");
    }
}

#[test]
fn of_two_never_both_lead_and_in_the_end_one_does() {
    run(0..1200, 2);
}

#[test]
fn of_three_never_two_lead_and_in_the_end_one_does() {
    run(0..800, 3);
}

/// That the simulation would find it: clocks that are further apart than the timings allow for.
#[test]
fn clocks_beyond_the_bound_let_two_lead() {
    let lead = |seed| {
        let weather = Weather { rates: (700, 1400), ..Weather::of(seed, 2) };
        Simulation::new(seed, weather).run().is_err_and(|error| error.contains("lead at"))
    };
    let count = (0..300).filter(|&seed| lead(seed)).count();
    assert!(count > 10, "{count}");
}
