//! TLS records of a real API server that do not arrive as they were sent.

use crate::harm::Harm::{First, Half, Last, Later, Longer, Never, Shorter, Twice};
use crate::relay::{APPLICATION_DATA, By, CHANGE_CIPHER_SPEC, HANDSHAKE, Record, Relay, Step};
use crate::support::{Tenant, shared, within_reason};
use host_test::pod::client::types::{ConnectionFailure, Error};
use host_test::pod::client::{PodClient, rest};

/// A pod that reaches the API server through a relay.
async fn relayed() -> (Tenant, Relay) {
    let server = shared().await;
    let mut tenant = Tenant::new(server).await;
    let relay = Relay::start(server.address()).await;
    tenant.address = relay.address();
    (tenant, relay)
}

/// Asks once.
async fn ask(tenant: &Tenant, client: &mut PodClient, path: &str) -> Result<rest::Response, Error> {
    let mut request = tenant.get(path);
    request.limits = Some(rest::Limits {
        deadline: None,
        connect_timeout: None,
        first_byte_timeout: None,
        between_bytes_timeout: None,
        max_buffered: None,
        retries: Some(0),
    });
    client.send(&request, None).await.unwrap()
}

fn of_server(records: &[Record]) -> Vec<Record> {
    let records = records.iter().filter(|record| record.by == By::Server);
    records.filter(|record| !record.may_be_alert()).cloned().collect()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn what_go_sends_is_taken_as_it_was_sent_or_not_at_all() {
    within_reason(async {
        let (tenant, relay) = relayed().await;
        // An answer that is the same each time.
        let path = "/version";
        let whole = ask(&tenant, &mut tenant.client().await, path).await.unwrap().body;
        let records = relay.seen().records;
        // What precedes the client's first encrypted record is the server's first flight.
        let answered = records
            .iter()
            .position(|record| (record.by, record.kind()) == (By::Client, APPLICATION_DATA));
        let flight = of_server(&records[..answered.unwrap()]).len();
        let records = of_server(&records);
        let kinds: Vec<_> = records.iter().map(Record::kind).collect();
        assert_eq!(kinds[..3], [HANDSHAKE, CHANGE_CIPHER_SPEC, APPLICATION_DATA], "{kinds:?}");
        assert!(flight >= 4 && records.len() > flight, "{kinds:?}");

        for record in &records {
            // After these the server says nothing before the client does.
            let last = [flight, records.len()].contains(&(record.number + 1));
            for harm in [First, Last, Longer, Shorter, Twice, Never, Later, Half] {
                match harm {
                    Longer | Never | Later if last => continue,
                    // Nobody looks for what may come after an answer.
                    Twice if record.number + 1 == records.len() => continue,
                    _ => {}
                }
                let what = format!("{harm:?}, of {} by the server", record.number);
                relay.meddle(harm.to(By::Server, record.number));
                let mut client = tenant.client().await;
                let sent = ask(&tenant, &mut client, path).await;
                relay.pass();
                match (record.kind(), harm, sent) {
                    // Says nothing, and may come at any time before the handshake is over.
                    (CHANGE_CIPHER_SPEC, Twice | Never | Later, Ok(answer)) => {
                        assert_eq!(answer.body, whole, "{what}");
                    }
                    (_, _, Err(error)) => {
                        tenant.assert_shows_no_token(&error);
                        let Error::Connection(error) = error else { panic!("{what}: {error:?}") };
                        let expected = match harm {
                            Half => ConnectionFailure::Terminated,
                            _ => ConnectionFailure::Tls,
                        };
                        assert_eq!(error.failure, expected, "{what}: {error:?}");
                    }
                    (_, _, Ok(_)) => panic!("{what}: answered"),
                }
                // And the next one is.
                let answer = ask(&tenant, &mut client, path).await;
                assert_eq!(answer.unwrap().body, whole, "{what}");
            }
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn an_answer_of_go_that_is_cut_between_two_records_is_none() {
    within_reason(async {
        let (tenant, relay) = relayed().await;
        let path = "/openapi/v2";
        ask(&tenant, &mut tenant.client().await, path).await.unwrap();
        let count = of_server(&relay.seen().records).len();
        assert!(count > 20, "{count}");
        for cut in [count / 3, count / 2] {
            relay.meddle(move |record| match record.is(By::Server, cut) {
                true => vec![Step::Cut],
                false => record.pass(),
            });
            let mut client = tenant.client().await;
            let error = ask(&tenant, &mut client, path).await.unwrap_err();
            let Error::Connection(error) = error else { panic!("{error:?}") };
            assert_eq!(error.failure, ConnectionFailure::Terminated, "{error:?}");
            relay.pass();
            ask(&tenant, &mut client, path).await.unwrap();
        }
    })
    .await;
}
