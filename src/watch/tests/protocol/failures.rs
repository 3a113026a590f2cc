//! What is met by trying again, and what is told.

use super::*;

#[test]
fn a_server_that_has_too_much_to_do_is_asked_later_from_the_same_version() {
    for in_place_of_event in [true, false] {
        let mut driven = synced();
        let status = status(429, "TooManyRequests")
            .replace("\"code\"", "\"details\":{\"retryAfterSeconds\":7},\"code\"");
        if in_place_of_event {
            driven.receive(&format!("{{\"type\":\"ERROR\",\"object\":{status}}}\n"));
            assert_eq!(driven.events(), []);
        } else {
            driven.protocol.ended(None, driven.now);
            assert_follows(&mut driven, "10");
            driven.whole(429, &status);
        }
        let pause = assert_follows(&mut driven, "10");
        assert!(pause >= SECOND * 7 && pause < SECOND * 9, "{pause:?}");
        assert_eq!((driven.events(), driven.error()), (vec![], None));
    }
    // Nor is a list asked for, which costs it more.
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.answer(429, "");
    driven.protocol.ended(None, driven.now);
    assert_pause(assert_watch_list(&mut driven));
}

#[test]
fn connections_that_fail_keep_the_version() {
    use ConnectionFailure as F;
    let passing = [
        F::Dns,
        F::Unreachable,
        F::Refused,
        F::ConnectTimeout,
        F::ReadTimeout,
        F::Terminated,
        F::LimitReached,
        F::Http,
        F::Other,
    ];
    for passing_failure in passing {
        let mut driven = synced();
        driven.protocol.ended(None, driven.now);
        let mut least = 0;
        for _ in 0..7 {
            let pause = assert_follows(&mut driven, "10").as_millis();
            assert!((least..=2 * least).contains(&pause), "{pause} after {least}");
            driven.protocol.failed(failure(passing_failure), driven.now);
            assert_eq!((driven.events(), driven.error()), (vec![], None));
            least = (2 * least).clamp(800, 30_000);
        }
    }
}

#[test]
fn what_does_not_pass_by_itself_is_told_each_time() {
    use ConnectionFailure as F;
    for lasting in [F::Certificate, F::Tls, F::Denied] {
        let mut driven = started();
        for _ in 0..3 {
            assert_watch_list(&mut driven);
            driven.protocol.failed(failure(lasting), driven.now);
            assert_eq!(driven.events(), []);
            assert_eq!(driven.error(), Some(failure(lasting)));
            assert_eq!(driven.error(), None);
        }
    }
    for (code, reason) in [(401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound")] {
        let mut driven = synced();
        driven.protocol.ended(None, driven.now);
        let mut pauses = Vec::new();
        for _ in 0..5 {
            pauses.push(assert_follows(&mut driven, "10"));
            driven.whole(code, &status(code, reason));
            assert_eq!(driven.events(), []);
            let Some(Error::Api(told)) = driven.error() else { panic!("no error") };
            assert_eq!((told.code, told.reason.as_str()), (code, reason));
        }
        assert!(pauses[1] >= Duration::from_millis(800) && pauses[2] > pauses[1], "{pauses:?}");
        // And it goes on where the reason is gone.
        assert_follows(&mut driven, "10");
        driven.answer(200, &line("MODIFIED", "a", 11));
        let over = Event::Bookmark("10".into());
        assert_eq!(driven.events(), [over, Event::Modified(object("a", 11))]);
    }
}

#[test]
fn a_path_that_is_not_served_is_named() {
    let mut driven = synced();
    driven.protocol.ended(None, driven.now);
    assert_follows(&mut driven, "10");
    driven.whole(404, "404 page not found\n");
    let Some(Error::Api(told)) = driven.error() else { panic!("no error") };
    assert!(told.message.contains(PATH), "{}", told.message);
}

#[test]
fn a_version_that_is_refused_is_told_and_not_asked_for_for_ever() {
    for (code, reason) in [(400, "BadRequest"), (422, "Invalid"), (409, "OfAnExtension")] {
        for in_place_of_event in [true, false] {
            let mut driven = synced();
            for times in 1..=3 {
                if in_place_of_event {
                    driven.receive(&error_line(code, reason));
                } else {
                    driven.protocol.ended(None, driven.now);
                    assert_follows(&mut driven, "10");
                    driven.answer(code, &status(code, reason));
                    driven.protocol.ended(None, driven.now);
                }
                let expected = if times == 3 { vec![Event::Restarted] } else { vec![] };
                assert_eq!(driven.events(), expected);
                assert!(matches!(driven.error(), Some(Error::Api(told)) if told.code == code));
                if times < 3 {
                    assert!(assert_follows(&mut driven, "10") > Duration::ZERO);
                    driven.answer(200, "");
                    assert_eq!(driven.events(), [Event::Bookmark("10".into())]);
                    driven.now += SECOND;
                }
            }
            assert!(assert_watch_list(&mut driven) > Duration::ZERO);
        }
    }
}

#[test]
fn who_may_not_watch_is_told_at_the_beginning_too() {
    for (code, reason) in [(401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound")] {
        let mut driven = started();
        assert_watch_list(&mut driven);
        driven.whole(code, &status(code, reason));
        assert!(matches!(driven.error(), Some(Error::Api(told)) if told.code == code));
        assert_pause(assert_watch_list(&mut driven));
    }
    // A selector that is none: the list says so.
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.whole(400, &status(400, "BadRequest"));
    assert_lists(&mut driven, Some("500"), None);
    driven.whole(400, &status(400, "BadRequest"));
    assert!(matches!(driven.error(), Some(Error::Api(told)) if told.code == 400));
}

#[test]
fn patience_ends() {
    let patience = Some(SECOND * 30);
    let mut driven = Driven::new(Options { patience, ..Options::default() });
    let refused = failure(ConnectionFailure::Refused);
    let mut told = Vec::new();
    let start = driven.now;
    for _ in 0..8 {
        driven.ask();
        driven.protocol.failed(refused.clone(), driven.now);
        told.push((driven.now - start, driven.error()));
    }
    assert!(told.iter().any(|(_, error)| error.is_some()));
    for (after, error) in told {
        assert_eq!(error.is_some(), after >= SECOND * 30, "{after:?}");
    }
    // What follows a success is another matter.
    assert_watch_list(&mut driven);
    driven.answer(200, SYNCED);
    driven.events();
    driven.protocol.ended(None, driven.now);
    driven.ask();
    driven.protocol.failed(refused, driven.now);
    assert_eq!(driven.error(), None);
}

/// Nothing may happen for long, and the server's own bookmark be of the version that is known.
#[test]
fn an_error_that_was_told_is_over_by_a_bookmark_once_the_server_answers() {
    for told in [false, true] {
        let after_resource_version = Some("10".to_owned());
        let patience = told.then_some(SECOND);
        let mut driven =
            Driven::new(Options { after_resource_version, patience, ..Options::default() });
        for _ in 0..3 {
            assert_follows(&mut driven, "10");
            driven.protocol.failed(failure(ConnectionFailure::Refused), driven.now);
        }
        assert_eq!(driven.error().is_some(), told);
        // A refusal is an answer that ends nothing.
        assert_follows(&mut driven, "10");
        driven.whole(503, "");
        assert_eq!(driven.error().is_some(), told);
        for expected in [told.then(|| Event::Bookmark("10".into())), None] {
            assert_follows(&mut driven, "10");
            driven.answer(200, "");
            assert_eq!(driven.events().pop(), expected);
            driven.now += SECOND;
            driven.protocol.ended(None, driven.now);
        }
    }
}

#[test]
fn an_error_that_was_told_is_over_by_the_state_too() {
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.whole(403, &status(403, "Forbidden"));
    assert!(driven.error().is_some());
    assert_watch_list(&mut driven);
    driven.answer(200, SYNCED);
    assert_eq!(driven.events(), [Event::Synced("10".into())]);
    driven.now += SECOND;
    driven.protocol.ended(None, driven.now);
    assert_follows(&mut driven, "10");
    driven.answer(200, "");
    assert_eq!(driven.events(), []);
}

#[test]
fn an_error_in_place_of_what_follows_is_met_by_asking_again_and_then_by_starting_over() {
    for in_place_of_event in [true, false] {
        let mut driven = synced();
        for times in 1..=3 {
            if in_place_of_event {
                driven.receive(&error_line(500, "InternalError"));
            } else {
                driven.protocol.ended(None, driven.now);
                assert_follows(&mut driven, "10");
                driven.answer(500, "the version is none");
                driven.protocol.ended(None, driven.now);
            }
            let expected = if times == 3 { vec![Event::Restarted] } else { vec![] };
            assert_eq!((driven.events(), driven.error()), (expected, None));
            if times < 3 {
                assert!(assert_follows(&mut driven, "10") > Duration::ZERO);
                driven.answer(200, "");
                driven.now += SECOND;
            }
        }
        assert!(assert_watch_list(&mut driven) > Duration::ZERO);
    }
    // Not where the server is not there at all.
    let mut driven = synced();
    driven.protocol.ended(None, driven.now);
    for _ in 0..9 {
        assert_follows(&mut driven, "10");
        driven.whole(503, "");
    }
}

#[test]
fn a_status_over_many_lines_is_one_error() {
    let pretty = "{\n  \"kind\": \"Status\",\n  \"status\": \"Failure\",\n  \"reason\": \"Expired\",\n  \"code\": 410\n}\n";
    let mut driven = synced();
    for piece in pretty.split_inclusive('\n') {
        assert_eq!(driven.events(), []);
        driven.receive(piece);
    }
    assert_eq!(driven.events(), [Event::Restarted]);
    let mut driven = synced();
    driven.receive(&format!("{{\"type\":\"ERROR\",\n\"object\":{pretty}}}"));
    assert_eq!(driven.events(), [Event::Restarted]);
    assert_eq!(driven.error(), None);
}

#[test]
fn what_can_not_be_understood_is_told_and_all_is_read_anew() {
    for text in [
        "<html>no</html>".to_owned(),
        line("RENAMED", "a", 11),
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n".to_owned(),
        "{\"kind\":\"Thing\"}\n".to_owned(),
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Thing\"}}\n".to_owned(),
    ] {
        let mut driven = synced();
        driven.receive(&(line("MODIFIED", "a", 11) + &text));
        let expected = [Event::Modified(object("a", 11)), Event::Restarted];
        assert_eq!(driven.events(), expected, "{text}");
        assert!(matches!(driven.error(), Some(Error::Protocol(_))), "{text}");
        assert_pause(assert_watch_list(&mut driven));
    }
}

#[test]
fn an_answer_that_is_no_success_and_breaks_off_is_one_all_the_same() {
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.protocol.answered(head(403, &[("retry-after", "9")]), driven.now);
    driven.receive("{\"kind\":");
    driven.protocol.ended(Some(failure(ConnectionFailure::Terminated)), driven.now);
    assert!(matches!(driven.error(), Some(Error::Api(told)) if told.reason == "Forbidden"));
    assert!(assert_watch_list(&mut driven) >= SECOND * 9);
    // Nor does it go on for ever.
    driven.answer(503, "x");
    assert!(driven.wait(SECOND * 150));
    assert!(assert_lists(&mut driven, Some("500"), None) > Duration::ZERO);
    // Though it is never silent.
    driven.answer(503, "x");
    for _ in 0..10 {
        assert!(!driven.wait(SECOND * 10));
        driven.receive("x");
    }
    assert!(driven.wait(SECOND * 10));
    assert!(assert_watch_list(&mut driven) > Duration::ZERO);
}

#[test]
fn errors_that_do_not_follow_each_other_are_no_reason_to_start_over() {
    let mut driven = synced();
    for version in 11..31 {
        driven.receive(&error_line(500, "InternalError"));
        assert_eq!(driven.events(), []);
        assert_follows(&mut driven, &(version - 1).to_string());
        driven.answer(200, &line("MODIFIED", "a", version));
        assert_eq!(driven.events(), [Event::Modified(object("a", version))]);
    }
}
