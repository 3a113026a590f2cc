//! Pages that are asked for while the items before them are taken.

use super::listing::{last, list, name, names, open, with_token};
use super::*;
use crate::client::tests::script::Step;
use crate::client::tests::staged;
use crate::pod::fake::FakePod;
use crate::transport::ConnectionFailure;
use std::time::Duration;

#[test]
fn the_next_page_is_asked_for_ahead_where_that_is_wanted() {
    for fetch_ahead in [false, true] {
        let (client, stage) = mounted([with_token(&["a", "b", "c"], "x"), last(&["d"])]);
        let options = ListOptions { fetch_ahead, ..ListOptions::default() };
        let mut listing = open(&client, options);
        listing.wait_for_next(&client, 1).unwrap();
        assert_eq!(stage.attempts(), if fetch_ahead { 2 } else { 1 });
        assert_eq!(names(&client, &mut listing).unwrap(), ["b", "c", "d"]);
        assert_eq!(stage.attempts(), 2);
    }
}

#[test]
fn what_the_page_ahead_meets_is_met_when_it_is_due() {
    let ahead = || ListOptions { fetch_ahead: true, ..ListOptions::default() };
    let first = || with_token(&["a", "b", "c"], "x");
    let refused = Script { fails: Some(ConnectionFailure::Refused), ..answer(0, b"") };
    let no = answer(403, b"{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"code\":403}");
    let broken = answer(200, b"{\"kind\":\"PodList\",\"items\":[oops");
    for second in [refused, no, broken] {
        let (client, stage) = mounted([first(), second]);
        let mut listing = open(&client, ahead());
        // The items before it come all the same, and nobody asks for it twice.
        for expected in ["a", "b", "c"] {
            let items = listing.wait_for_next(&client, 1).unwrap().unwrap();
            assert_eq!(name(&items[0]), expected);
            assert_eq!(stage.attempts(), 2);
        }
        let error = listing.wait_for_next(&client, 1).unwrap_err();
        assert!(!matches!(error, Error::InvalidRequest(_)), "{error:?}");
        assert_eq!(stage.attempts(), 2);
    }

    let cut = Script { body: vec![Step::Cut], ..answer(200, b"") };
    let headless = Script { fails: Some(ConnectionFailure::Terminated), ..answer(0, b"") };
    for second in [cut, headless] {
        let (outcome, queries) = list(ahead(), vec![first(), second, last(&["d"])]);
        assert_eq!((outcome.unwrap().len(), queries.len()), (4, 3));
        assert_eq!(queries[1], queries[2]);
    }
}

#[test]
fn the_page_ahead_goes_on_while_items_are_taken() {
    let busy = answer(503, b"");
    let (client, stage) = mounted([with_token(&["a", "b", "c"], "x"), busy, last(&["d"])]);
    let mut listing = open(&client, ListOptions { fetch_ahead: true, ..ListOptions::default() });
    for attempts in [2, 2, 3] {
        listing.wait_for_next(&client, 1).unwrap();
        assert_eq!(stage.attempts(), attempts);
        stage.pod.advance(Duration::from_secs(1));
    }
    assert_eq!(names(&client, &mut listing).unwrap(), ["d"]);
}

#[test]
fn a_page_ahead_that_has_no_place_waits_for_its_turn() {
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_MAX_REQUESTS", "1");
    let (client, stage) = staged(pod, [with_token(&["a", "b"], "x"), last(&["c"])]);
    let mut listing = open(&client, ListOptions { fetch_ahead: true, ..ListOptions::default() });
    listing.wait_for_next(&client, 1).unwrap();
    assert_eq!(stage.attempts(), 1);
    assert_eq!(names(&client, &mut listing).unwrap(), ["b", "c"]);
}
