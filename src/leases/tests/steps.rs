//! What one elector does, step by step.

use super::server::{Server, status};
use crate::Error;
use crate::client::Status;
use crate::leases::{
    Elector, Event, InvalidElection, LeaseRecord, Loss, Request, Step, Timings, Verb,
};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const START: Duration = Duration::from_secs(1000);
/// 2026-11-24T14:17:09Z
const WALL: Duration = Duration::from_secs(1_795_529_829);

/// One elector, its clock, and the server.
struct Play {
    elector: Elector,
    server: Server,
    now: Duration,
    wall: Duration,
}

impl Play {
    fn new() -> Self {
        Self::of("me", Server::default())
    }

    fn of(identity: &str, server: Server) -> Self {
        let timings = Timings::default();
        let elector = Elector::new("lock", identity.to_owned(), timings, START).unwrap();
        Self { elector, server, now: START, wall: WALL }
    }

    /// One that leads since now.
    fn leading() -> Self {
        let mut play = Self::new();
        play.obeyed(Verb::Get);
        play.obeyed(Verb::Create);
        assert_eq!(
            play.elector.take_events(),
            [Event::NewLeader("me".into()), Event::StartedLeading]
        );
        play
    }

    fn step(&mut self) -> Step {
        self.elector.step(self.now, self.wall)
    }

    /// The request that is due now.
    fn request(&mut self, verb: Verb) -> Request {
        match self.step() {
            Step::Send(request) if request.verb == verb => request,
            other => panic!("{other:?} at {:?}", self.now),
        }
    }

    fn answer(&mut self, answer: Result<Vec<u8>, Error>) {
        self.elector.answered(self.now, answer);
    }

    /// Sends what is due, and has it answered at once.
    fn obeyed(&mut self, verb: Verb) {
        let request = self.request(verb);
        let answer = self.server.handle(&request);
        self.answer(answer);
    }

    /// Sends what is due, has the server obey it, and loses the answer.
    fn lost(&mut self, verb: Verb) {
        let request = self.request(verb);
        self.server.handle(&request).unwrap();
        self.now += SECOND;
        self.answer(Err(Error::DeadlineExceeded("lost".into())));
    }

    fn fails(&mut self, verb: Verb, error: Error) {
        self.request(verb);
        self.answer(Err(error));
    }

    /// Waits until the next step is due, and returns how long that takes.
    fn pause(&mut self) -> Duration {
        let Step::Wait(until) = self.step() else { panic!("nothing to wait for") };
        let pause = until - self.now;
        self.now = until;
        pause
    }

    fn leads(&self) -> bool {
        self.elector.is_leader(self.now)
    }

    fn events(&mut self) -> Vec<Event> {
        let mut events = self.elector.take_events();
        events.retain(|event| !matches!(event, Event::RequestFailed(_)));
        events
    }
}

/// A Lease that another holds.
fn of_another() -> LeaseRecord {
    LeaseRecord {
        holder_identity: "other".into(),
        lease_duration_seconds: 15,
        acquire_time: "2026-11-24T14:00:00.000000Z".into(),
        renew_time: "2026-11-24T14:17:00.000000Z".into(),
        lease_transitions: 4,
    }
}

fn busy(retry_after: u32) -> Error {
    let Error::Api(busy) = status(429, "TooManyRequests") else { unreachable!() };
    Error::Api(Box::new(Status { retry_after: Some(retry_after), ..*busy }))
}

#[test]
fn a_lease_that_is_not_there_is_created() {
    let play = Play::leading();
    assert!(play.leads());
    assert_eq!(play.elector.leader(), Some("me"));
    assert_eq!(play.elector.leader_until(play.now), Some(START + 10 * SECOND));
    let expected = LeaseRecord {
        holder_identity: "me".into(),
        lease_duration_seconds: 15,
        acquire_time: "2026-11-24T14:17:09.000000Z".into(),
        renew_time: "2026-11-24T14:17:09.000000Z".into(),
        lease_transitions: 0,
    };
    assert_eq!(play.server.record(), Some(expected));
}

#[test]
fn a_leader_renews_in_one_request_each_retry_period() {
    let mut play = Play::leading();
    for _ in 0..5 {
        let began = play.now;
        let acquired = play.server.record().unwrap();
        assert_eq!(play.pause(), 2 * SECOND);
        play.wall += SECOND;
        play.obeyed(Verb::Update);
        assert_eq!(play.elector.leader_until(play.now), Some(began + 12 * SECOND));
        let renewed = play.server.record().unwrap();
        assert!(renewed.renew_time > acquired.renew_time);
        assert_eq!(LeaseRecord { renew_time: acquired.renew_time.clone(), ..renewed }, acquired);
    }
    assert_eq!(play.events(), []);
}

#[test]
fn time_counts_from_when_the_request_was_sent() {
    let mut play = Play::leading();
    play.pause();
    let sent = play.now;
    let request = play.request(Verb::Update);
    assert_eq!(request.timeout, 5 * SECOND);
    play.now += 4 * SECOND;
    let answer = play.server.handle(&request);
    play.answer(answer);
    assert_eq!(play.elector.leader_until(play.now), Some(sent + 10 * SECOND));
    // The next one is due already.
    play.obeyed(Verb::Update);
}

#[test]
fn one_that_cannot_renew_stops_at_the_deadline_though_nobody_says_so() {
    let mut play = Play::leading();
    play.pause();
    play.request(Verb::Update);
    // Woken for the request's own end, and for that of its time.
    assert_eq!(play.pause(), 5 * SECOND);
    play.answer(Err(Error::DeadlineExceeded("too late".into())));
    play.request(Verb::Get);
    assert_eq!(play.pause(), 3 * SECOND);
    assert_eq!(play.now, START + 10 * SECOND);
    assert!(!play.leads());
    play.step();
    assert_eq!(play.events(), [Event::StoppedLeading(Loss::Deadline)]);
}

#[test]
fn it_does_not_lead_after_the_deadline_even_if_it_is_not_asked_before() {
    let mut play = Play::leading();
    play.now += 10 * SECOND - Duration::from_nanos(1);
    assert!(play.leads());
    play.now += Duration::from_nanos(1);
    assert!(!play.leads());
    assert_eq!(play.elector.leader_until(play.now), None);
    // It holds the Lease still, and may lead again.
    play.obeyed(Verb::Update);
    assert!(play.leads());
    assert_eq!(play.events(), [Event::StoppedLeading(Loss::Deadline), Event::StartedLeading]);
    assert_eq!(play.server.record().unwrap().lease_transitions, 0);
}

#[test]
fn an_answer_that_comes_after_its_time_makes_no_leader() {
    let mut play = Play::new();
    play.obeyed(Verb::Get);
    let request = play.request(Verb::Create);
    let answer = play.server.handle(&request);
    play.now += 10 * SECOND;
    play.answer(answer);
    assert!(!play.leads());
    assert_eq!(play.events(), [Event::NewLeader("me".into())]);
    play.obeyed(Verb::Update);
    assert!(play.leads());
}

#[test]
fn what_was_written_though_the_answer_was_lost_is_recognized() {
    let mut play = Play::new();
    play.obeyed(Verb::Get);
    play.lost(Verb::Create);
    assert!(!play.leads());
    play.pause();
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Update);
    assert!(play.leads());

    play.pause();
    play.lost(Verb::Update);
    assert!(play.leads());
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Update);
    assert_eq!(play.elector.leader_until(play.now), Some(play.now + 10 * SECOND));
    assert_eq!(play.events(), [Event::NewLeader("me".into()), Event::StartedLeading]);
}

#[test]
fn a_claim_that_arrives_late_is_recognized_too() {
    let mut play = Play::new();
    play.server.put(&LeaseRecord { holder_identity: String::new(), ..of_another() });
    play.obeyed(Verb::Get);
    let first = play.request(Verb::Update);
    play.answer(Err(Error::DeadlineExceeded("lost".into())));
    play.pause();
    play.obeyed(Verb::Get);
    let second = play.request(Verb::Update);
    // The first was under way until now.
    play.server.handle(&first).unwrap();
    let answer = play.server.handle(&second);
    assert!(answer.is_err());
    play.answer(answer);
    play.pause();
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Update);
    assert!(play.leads());
    assert_eq!(play.server.record().unwrap().lease_transitions, 5);
}

#[test]
fn a_follower_waits_for_as_long_as_the_lease_lasts_by_its_own_clock() {
    let mut play = Play::new();
    play.server.put(&of_another());
    play.obeyed(Verb::Get);
    assert_eq!(play.events(), [Event::NewLeader("other".into())]);
    assert_eq!(play.elector.leader(), Some("other"));
    // Renewed once, which it first sees when it looks.
    play.now += 10 * SECOND;
    play.server.put(&LeaseRecord { renew_time: "later".into(), ..of_another() });
    play.obeyed(Verb::Get);
    let seen = play.now;
    loop {
        let pause = play.pause();
        assert!((2 * SECOND..=Duration::from_millis(4400)).contains(&pause), "{pause:?}");
        // What else is changed is no renewal.
        play.server.touch();
        play.obeyed(Verb::Get);
        if play.now >= seen + 15 * SECOND {
            break;
        }
    }
    assert!(play.now < seen + 20 * SECOND);
    play.obeyed(Verb::Update);
    assert!(play.leads());
    assert_eq!(play.events(), [Event::NewLeader("me".into()), Event::StartedLeading]);
    let record = play.server.record().unwrap();
    assert_eq!((record.holder_identity.as_str(), record.lease_transitions), ("me", 5));
}

#[test]
fn the_holder_says_how_long_its_lease_lasts() {
    for (seconds, waits) in [(60, 60), (5, 5), (0, 15)] {
        let mut play = Play::new();
        play.server.put(&LeaseRecord { lease_duration_seconds: seconds, ..of_another() });
        play.obeyed(Verb::Get);
        play.now += waits * SECOND - Duration::from_nanos(1);
        play.obeyed(Verb::Get);
        play.now += 5 * SECOND;
        play.obeyed(Verb::Get);
        play.obeyed(Verb::Update);
        assert!(play.leads(), "{seconds}");
    }
}

#[test]
fn of_two_that_take_it_one_is_too_late() {
    let mut play = Play::new();
    play.server.put(&LeaseRecord { holder_identity: String::new(), ..of_another() });
    play.obeyed(Verb::Get);
    let request = play.request(Verb::Update);
    play.server.put(&of_another());
    let answer = play.server.handle(&request);
    play.answer(answer);
    assert_eq!(play.elector.take_events(), []);
    assert!(play.pause() >= 2 * SECOND);
    play.obeyed(Verb::Get);
    assert_eq!(play.elector.take_events(), [Event::NewLeader("other".into())]);
    assert!(!play.leads());
}

#[test]
fn the_same_identity_in_the_lease_is_another() {
    let mut play = Play::new();
    play.server.put(&LeaseRecord { holder_identity: "me".into(), ..of_another() });
    play.obeyed(Verb::Get);
    assert!(!play.leads());
    play.now += 14 * SECOND;
    play.obeyed(Verb::Get);
    play.now += 5 * SECOND;
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Update);
    assert!(play.leads());
    assert_eq!(play.server.record().unwrap().lease_transitions, 5);
    // One that has the identity too, and leads: it stops.
    play.server.put(&LeaseRecord { holder_identity: "me".into(), ..of_another() });
    play.pause();
    play.obeyed(Verb::Update);
    play.obeyed(Verb::Get);
    assert!(!play.leads());
}

#[test]
fn a_leader_that_sees_another_stops_at_once() {
    let mut play = Play::leading();
    play.server.put(&of_another());
    play.pause();
    play.obeyed(Verb::Update);
    assert!(play.leads());
    play.obeyed(Verb::Get);
    assert!(!play.leads());
    assert_eq!(
        play.elector.take_events(),
        [Event::NewLeader("other".into()), Event::StoppedLeading(Loss::Taken)]
    );
}

#[test]
fn a_leader_whose_lease_was_deleted_or_cleared_stops_before_it_takes_it_again() {
    for clear in [Server::delete as fn(&mut Server), |server: &mut Server| {
        server.put(&LeaseRecord::default());
    }] {
        let mut play = Play::leading();
        clear(&mut play.server);
        play.pause();
        play.obeyed(Verb::Update);
        play.obeyed(Verb::Get);
        assert!(!play.leads());
        assert_eq!(play.events(), [Event::StoppedLeading(Loss::Taken)]);
        let Step::Send(request) = play.step() else { panic!() };
        let answer = play.server.handle(&request);
        play.answer(answer);
        assert!(play.leads());
    }
}

#[test]
fn what_others_change_in_the_lease_does_not_end_a_reign() {
    let mut play = Play::leading();
    for _ in 0..3 {
        play.server.touch();
        play.pause();
        play.obeyed(Verb::Update);
        play.obeyed(Verb::Get);
        play.obeyed(Verb::Update);
        assert_eq!(play.elector.leader_until(play.now), Some(play.now + 10 * SECOND));
    }
    assert_eq!(play.elector.take_events(), []);
}

#[test]
fn failures_are_told_and_do_not_make_it_ask_more_often() {
    let mut play = Play::new();
    for error in [status(403, "Forbidden"), status(500, "InternalError"), busy(1)] {
        play.fails(Verb::Get, error.clone());
        assert_eq!(play.elector.take_events(), [Event::RequestFailed(error)]);
        assert!(play.pause() >= 2 * SECOND);
    }
    // One that may read the Lease and not write it.
    play.obeyed(Verb::Get);
    play.fails(Verb::Create, status(403, "Forbidden"));
    assert!(play.pause() >= 2 * SECOND);
    // And of a leader.
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Create);
    play.pause();
    play.fails(Verb::Update, status(403, "Forbidden"));
    play.obeyed(Verb::Get);
    play.fails(Verb::Update, status(403, "Forbidden"));
    assert_eq!(play.pause(), 2 * SECOND);
    play.obeyed(Verb::Get);
}

#[test]
fn a_server_that_asks_for_time_gets_it_within_reason() {
    let mut play = Play::new();
    play.fails(Verb::Get, busy(7));
    assert_eq!(play.pause(), 7 * SECOND);
    play.fails(Verb::Get, busy(u32::MAX));
    assert_eq!(play.pause(), 15 * SECOND);
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Create);
    play.pause();
    play.fails(Verb::Update, busy(3));
    assert_eq!(play.pause(), 3 * SECOND);
    play.fails(Verb::Get, busy(60));
    assert_eq!(play.pause(), 5 * SECOND);
}

#[test]
fn what_is_no_lease_is_a_failure() {
    let mut play = Play::new();
    play.request(Verb::Get);
    play.answer(Ok(b"<html>".to_vec()));
    let events = play.elector.take_events();
    assert!(matches!(events[..], [Event::RequestFailed(Error::Protocol(_))]), "{events:?}");
    // And so, for a leader, is an answer that says what it did not write.
    let mut play = Play::leading();
    play.pause();
    play.request(Verb::Update);
    play.answer(Ok(b"{}".to_vec()));
    assert_eq!(play.elector.leader_until(play.now), Some(START + 10 * SECOND));
    play.obeyed(Verb::Get);
}

#[test]
fn each_renewal_is_a_change_even_if_the_time_of_day_goes_back() {
    let mut play = Play::leading();
    for _ in 0..3 {
        let before = play.server.record().unwrap().renew_time;
        play.wall -= 100 * SECOND;
        play.pause();
        play.obeyed(Verb::Update);
        assert!(play.server.record().unwrap().renew_time > before);
    }
}

#[test]
fn a_release_leaves_the_lease_to_the_next_at_once() {
    let mut play = Play::leading();
    play.elector.release(play.now);
    assert!(!play.leads());
    assert_eq!(play.events(), [Event::StoppedLeading(Loss::Released)]);
    play.obeyed(Verb::Update);
    assert_eq!(play.step(), Step::Over);
    let record = play.server.record().unwrap();
    assert_eq!((record.holder_identity.as_str(), record.lease_duration_seconds), ("", 1));
    assert_eq!(play.elector.leader(), None);

    let mut next = Play::of("next", play.server);
    next.obeyed(Verb::Get);
    next.obeyed(Verb::Update);
    assert!(next.leads());
    assert_eq!(next.server.record().unwrap().lease_transitions, 1);
}

#[test]
fn a_release_follows_a_renewal_that_is_under_way() {
    for lost in [false, true] {
        let mut play = Play::leading();
        play.pause();
        let renewal = play.request(Verb::Update);
        play.elector.release(play.now);
        assert!(!play.leads());
        let answer = play.server.handle(&renewal);
        if lost {
            play.answer(Err(Error::DeadlineExceeded("lost".into())));
            play.obeyed(Verb::Get);
        } else {
            play.answer(answer);
        }
        assert!(!play.leads());
        play.obeyed(Verb::Update);
        assert_eq!(play.step(), Step::Over);
        assert_eq!(play.server.record().unwrap().holder_identity, "");
    }
}

#[test]
fn a_release_is_tried_again_where_the_lease_was_changed_meanwhile() {
    let mut play = Play::leading();
    play.server.touch();
    play.elector.release(play.now);
    play.obeyed(Verb::Update);
    play.obeyed(Verb::Get);
    play.server.touch();
    play.obeyed(Verb::Update);
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Update);
    assert_eq!(play.step(), Step::Over);
    assert_eq!(play.server.record().unwrap().holder_identity, "");
}

#[test]
fn a_release_that_fails_is_tried_again_after_a_pause() {
    let mut play = Play::leading();
    play.elector.release(play.now);
    play.fails(Verb::Update, status(500, "InternalError"));
    play.obeyed(Verb::Get);
    play.fails(Verb::Update, status(500, "InternalError"));
    assert!(play.pause() >= 2 * SECOND);
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Update);
    assert_eq!(play.step(), Step::Over);
}

#[test]
fn one_that_holds_nothing_releases_nothing() {
    // Before the first request.
    let mut play = Play::new();
    play.elector.release(play.now);
    assert_eq!(play.step(), Step::Over);
    assert_eq!(play.elector.take_events(), []);
    // As a follower, asking or not, and when the Lease is free to be taken.
    for (asks, answered) in [(false, false), (true, true), (true, false)] {
        let mut play = Play::new();
        play.server.put(&of_another());
        play.obeyed(Verb::Get);
        play.now += 20 * SECOND;
        if asks {
            let request = play.request(Verb::Get);
            play.elector.release(play.now);
            let answer = match answered {
                true => play.server.handle(&request),
                false => Err(status(500, "InternalError")),
            };
            play.answer(answer);
        } else {
            play.obeyed(Verb::Get);
            play.elector.release(play.now);
        }
        assert_eq!(play.step(), Step::Over);
        assert_eq!(play.server.record(), Some(of_another()));
    }
    // Nor as one who led once, and knows that it does not.
    let mut play = Play::leading();
    play.server.put(&of_another());
    play.pause();
    play.obeyed(Verb::Update);
    play.obeyed(Verb::Get);
    play.elector.release(play.now);
    assert_eq!(play.step(), Step::Over);
    // What another took meanwhile is not given away.
    let mut play = Play::leading();
    play.server.put(&of_another());
    play.elector.release(play.now);
    play.obeyed(Verb::Update);
    play.obeyed(Verb::Get);
    assert_eq!(play.step(), Step::Over);
    assert_eq!(play.server.record(), Some(of_another()));
}

#[test]
fn a_claim_whose_answer_was_lost_is_released_too() {
    let mut play = Play::new();
    play.obeyed(Verb::Get);
    play.lost(Verb::Create);
    play.elector.release(play.now);
    play.obeyed(Verb::Get);
    play.obeyed(Verb::Update);
    assert_eq!(play.step(), Step::Over);
    assert_eq!(play.server.record().unwrap().holder_identity, "");
}

#[test]
fn nobody_takes_part_without_an_identity() {
    let elector = Elector::new("lock", String::new(), Timings::default(), START);
    assert_eq!(elector.err(), Some(InvalidElection::Identity));
}

#[test]
fn followers_do_not_look_together() {
    let mut pauses: Vec<_> = (0..300)
        .map(|at| {
            let mut play = Play::new();
            play.now += Duration::from_nanos(at * 1017);
            play.server.put(&of_another());
            play.obeyed(Verb::Get);
            play.pause()
        })
        .collect();
    pauses.sort();
    pauses.dedup();
    assert!(pauses.len() > 150, "{}", pauses.len());
    assert!(pauses[0] >= 2 * SECOND && pauses[0] < 3 * SECOND);
    let last = pauses[pauses.len() - 1];
    assert!(last > 4 * SECOND && last < Duration::from_millis(4400), "{last:?}");
}
