//! TLS records that do not arrive as they were sent: nothing of it is taken for good, and nothing is sent twice.

use crate::relay::{APPLICATION_DATA, By, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER, Record, Step};
use crate::relayed::{Relayed, assert_answered, assert_failed};
use crate::support::{get, limits, milliseconds, within_reason};
use host_test::pod::client::rest;
use host_test::pod::client::types::ConnectionFailure;

/// What happens to one record.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    /// Its first or its last byte is another, the header aside.
    First,
    Last,
    /// Its header names another type, or another length.
    Type,
    Longer,
    Shorter,
    /// It comes twice.
    Twice,
    /// It never comes, but what follows does.
    Never,
    /// What follows comes first.
    Later,
    /// Half of it comes, and then the end.
    Half,
}

use Harm::{First, Half, Last, Later, Longer, Never, Shorter, Twice, Type};

impl Harm {
    /// Does it to the record of this number.
    fn to(self, by: By, number: usize) -> impl FnMut(&Record) -> Vec<Step> + Send + 'static {
        let mut held = None;
        move |record| {
            if record.is(by, number + 1)
                && let Some(held) = held.take()
            {
                return vec![Step::Send(record.bytes.clone()), Step::Send(held)];
            }
            if !record.is(by, number) {
                return record.pass();
            }
            let mut bytes = record.bytes.clone();
            match self {
                First => bytes[HEADER] ^= 1,
                Last => *bytes.last_mut().unwrap() ^= 1,
                Type => bytes[0] ^= HANDSHAKE ^ APPLICATION_DATA,
                Longer => bytes[4] = bytes[4].wrapping_add(1),
                Shorter => bytes[4] = bytes[4].wrapping_sub(1),
                Twice => return [record.pass(), record.pass()].concat(),
                Never => return Vec::new(),
                Later => {
                    held = Some(bytes);
                    return Vec::new();
                }
                Half => {
                    bytes.truncate(bytes.len() / 2);
                    return vec![Step::Send(bytes), Step::Cut];
                }
            }
            vec![Step::Send(bytes)]
        }
    }
}

#[tokio::test]
async fn what_the_server_says_is_taken_as_it_was_said_or_not_at_all() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let records = relayed.records(By::Server).await;
        // The server's hello, what is there for old middleboxes, the rest of the handshake, tickets, and the answer.
        let kinds: Vec<_> = records.iter().map(Record::kind).collect();
        assert_eq!(kinds[..3], [HANDSHAKE, CHANGE_CIPHER_SPEC, APPLICATION_DATA], "{kinds:?}");
        assert!(records.len() >= 7, "{kinds:?}");
        for record in &records {
            // After these the server says nothing before the client does.
            let last = [2, records.len() - 1].contains(&record.number);
            let encrypted = record.kind() == APPLICATION_DATA;
            for harm in [First, Last, Type, Longer, Shorter, Twice, Never, Later, Half] {
                match harm {
                    Longer | Never | Later if last => continue,
                    // Nobody looks for what may come after an answer.
                    Twice if record.number == records.len() - 1 => continue,
                    // The true type is inside.
                    Type if encrypted => continue,
                    _ => {}
                }
                let what = format!("{harm:?}, of {} by the server", record.number);
                let (_, sent) =
                    relayed.send(&what, limits(), harm.to(By::Server, record.number)).await;
                match (record.kind(), harm) {
                    (CHANGE_CIPHER_SPEC, Twice | Never) => assert_answered(sent),
                    (_, Half) => assert_failed(&what, sent, &[ConnectionFailure::Terminated]),
                    _ => assert_failed(&what, sent, &[ConnectionFailure::Tls]),
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_altered_on_the_way_to_the_server_is_not_received() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let records = relayed.records(By::Client).await;
        let kinds: Vec<_> = records.iter().map(Record::kind).collect();
        let hello_finished_request =
            [HANDSHAKE, CHANGE_CIPHER_SPEC, APPLICATION_DATA, APPLICATION_DATA];
        assert_eq!(kinds, hello_finished_request);
        for record in &records {
            for harm in [First, Last, Shorter, Twice, Never, Later, Half] {
                match (record.number, harm) {
                    // Nothing follows.
                    (0 | 3, Never | Later) | (0, Shorter) => continue,
                    // The answer may come before the server says what it thinks of it.
                    (3, Twice) => continue,
                    _ => {}
                }
                let what = format!("{harm:?}, of {} by the client", record.number);
                let (received, sent) =
                    relayed.send(&what, limits(), harm.to(By::Client, record.number)).await;
                if (record.kind(), sent.is_ok()) == (CHANGE_CIPHER_SPEC, true) {
                    assert!(matches!(harm, Twice | Never), "{what}");
                    continue;
                }
                assert_eq!(received, 0, "{what}");
                // The server says so, if that is still heard.
                let failures = [ConnectionFailure::Tls, ConnectionFailure::Terminated];
                assert_failed(&what, sent, &failures);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn bytes_may_come_one_at_a_time() {
    within_reason(async {
        let relayed = Relayed::start().await;
        for by in [By::Client, By::Server] {
            relayed.relay.meddle(move |record| match record.by == by {
                true => vec![Step::Trickle(record.bytes.clone())],
                false => record.pass(),
            });
            let mut client = relayed.client().await;
            for _ in 0..2 {
                let answer = client.send(&get("/api"), None).await.unwrap();
                assert_eq!(answer.unwrap().body.len(), 133, "{by:?}");
            }
        }
        assert_eq!(relayed.relay.seen().connections, 2);
    })
    .await;
}

/// Passes so many bytes of a record, and then nothing more.
fn stalling(by: By, number: usize, after: usize) -> impl FnMut(&Record) -> Vec<Step> + Send {
    move |record| match record.is(by, number) {
        true => vec![Step::Send(record.bytes[..after].to_vec()), Step::Stall],
        false => record.pass(),
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_waited_for_as_long_as_its_phase_may_take() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let short = milliseconds(100);
        let connecting = rest::Limits { connect_timeout: short, ..limits() };
        let beginning = rest::Limits { first_byte_timeout: short, ..limits() };
        let going_on = rest::Limits { between_bytes_timeout: short, ..limits() };
        let (connect, read) = (ConnectionFailure::ConnectTimeout, ConnectionFailure::ReadTimeout);
        for (by, number, after, limits, failure) in [
            (By::Client, 0, 0, connecting, connect),
            (By::Client, 0, 100, connecting, connect),
            (By::Server, 0, 0, connecting, connect),
            (By::Server, 0, 3, connecting, connect),
            (By::Server, 0, 100, connecting, connect),
            (By::Server, 1, 0, connecting, connect),
            (By::Server, 2, 0, connecting, connect),
            (By::Server, 2, 600, connecting, connect),
            (By::Client, 3, 1000, beginning, read),
            (By::Server, 3, 0, beginning, read),
            (By::Server, 4, 1000, beginning, read),
            (By::Server, 5, 0, going_on, read),
            (By::Server, 5, 1000, going_on, read),
        ] {
            let what = format!("{after} bytes of {number} by {by:?}");
            let (_, sent) = relayed.send(&what, limits, stalling(by, number, after)).await;
            assert_failed(&what, sent, &[failure]);
        }
    })
    .await;
}
