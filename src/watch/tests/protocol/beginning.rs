//! How a watch begins, and begins anew.

use super::*;

#[test]
fn the_initial_state_and_what_follows_come_in_one_answer() {
    let mut driven = synced();
    driven.receive(&(line("MODIFIED", "a", 11) + &line("DELETED", "a", 12)));
    driven.receive(&bookmark(r#""resourceVersion":"15""#));
    let expected = [
        Event::Modified(object("a", 11)),
        Event::Deleted(object("a", 12)),
        Event::Bookmark("15".into()),
    ];
    assert_eq!(driven.events(), expected);
    driven.now += SECOND * 300;
    driven.protocol.ended(None, driven.now);
    assert_eq!(assert_follows(&mut driven, "15"), Duration::ZERO);
    assert_eq!(driven.whole(200, &line("ADDED", "b", 16)), [Event::Added(object("b", 16))]);
    assert_eq!(assert_follows(&mut driven, "16"), Duration::ZERO);
    assert_eq!(driven.error(), None);
}

#[test]
fn selectors_go_with_each_request() {
    let mut driven = Driven::new(Options {
        label_selector: Some("app=web".into()),
        field_selector: Some("spec.nodeName=n".into()),
        ..Options::default()
    });
    for status in [422, 200] {
        let ask = driven.ask_at_once();
        assert_eq!(named(&ask.query, "labelSelector"), Some("app=web"));
        assert_eq!(named(&ask.query, "fieldSelector"), Some("spec.nodeName=n"));
        driven.whole(status, &list(&[], ""));
    }
    let ask = driven.ask_at_once();
    assert_eq!(named(&ask.query, "labelSelector"), Some("app=web"));
    assert_eq!(named(&ask.query, "resourceVersion"), Some("20"));
}

#[test]
fn only_the_bookmark_that_says_so_ends_the_initial_state() {
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.answer(200, &line("ADDED", "a", 3));
    for other in [
        bookmark(r#""resourceVersion":"9""#),
        bookmark(r#""resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"false"}"#),
        bookmark(r#""annotations":{"k8s.io/initial-events-end":"true"}"#),
        bookmark(""),
    ] {
        driven.receive(&other);
    }
    driven.receive(&line("DELETED", "a", 9));
    driven.receive(SYNCED);
    let expected =
        [Event::Added(object("a", 3)), Event::Deleted(object("a", 9)), Event::Synced("10".into())];
    assert_eq!(driven.events(), expected);
}

#[test]
fn what_was_told_of_an_initial_state_that_broke_off_is_taken_back() {
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.answer(200, &line("ADDED", "a", 3));
    assert_eq!(driven.events().len(), 1);
    driven.now += SECOND * 5;
    driven.protocol.ended(Some(failure(ConnectionFailure::Terminated)), driven.now);
    assert_eq!(driven.events(), [Event::Restarted]);
    // In another way, since that one may be what is broken.
    assert_pause(assert_lists(&mut driven, Some("500"), None));
    driven.answer(200, &list(&[object("b", 4)], ""));
    assert_eq!(
        driven.events(),
        [Event::Added(
            r#"{"apiVersion":"v1","kind":"Thing","metadata":{"name":"b","resourceVersion":"4"}}"#
                .into()
        )]
    );
    driven.protocol.ended(None, driven.now);
    assert_eq!(driven.events(), [Event::Synced("20".into())]);
    assert_eq!(assert_follows(&mut driven, "20"), Duration::ZERO);
}

#[test]
fn nothing_is_taken_back_that_was_not_told() {
    let mut driven = started();
    assert_watch_list(&mut driven);
    assert_eq!(driven.whole(200, ""), []);
    assert_eq!(driven.events(), []);
    assert_pause(assert_lists(&mut driven, Some("500"), None));
    assert_eq!(driven.whole(503, ""), []);
    assert_eq!(driven.events(), []);
    assert!(assert_watch_list(&mut driven) > SECOND);
}

#[test]
fn a_server_that_does_not_know_of_initial_events_is_asked_for_a_list() {
    for (code, reason) in [(422, "Invalid"), (400, "BadRequest"), (405, "MethodNotAllowed")] {
        let mut driven = started();
        assert_watch_list(&mut driven);
        driven.whole(code, &status(code, reason));
        assert_eq!((driven.events(), driven.error()), (vec![], None));
        assert_eq!(assert_lists(&mut driven, Some("500"), None), Duration::ZERO);
        driven.whole(200, &list(&[object("a", 1), object("b", 2)], "next"));
        assert_eq!(assert_lists(&mut driven, Some("500"), Some("next")), Duration::ZERO);
        driven.whole(200, &list(&[object("c", 3)], ""));
        assert_eq!(driven.events(), [Event::Synced("20".into())]);
        assert_follows(&mut driven, "20");
        // The next time it may know.
        driven.whole(410, &status(410, "Expired"));
        assert_eq!(driven.events(), [Event::Restarted]);
        assert_watch_list(&mut driven);
    }
}

#[test]
fn a_place_in_a_list_that_is_too_old_leads_to_one_whole_list() {
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.whole(422, "");
    assert_lists(&mut driven, Some("500"), None);
    assert_eq!(driven.whole(200, &list(&[object("a", 1)], "next")).len(), 1);
    assert_lists(&mut driven, Some("500"), Some("next"));
    driven.whole(410, &status(410, "Expired"));
    // Of the first page something may be gone.
    assert_eq!(driven.events(), [Event::Restarted]);
    assert_eq!(assert_lists(&mut driven, None, None), Duration::ZERO);
    assert_eq!(driven.whole(200, &list(&[object("b", 1)], "")).len(), 1);
    assert_eq!(driven.events(), [Event::Synced("20".into())]);
}

#[test]
fn a_list_that_breaks_off_is_none() {
    for whole in [false, true] {
        let mut driven = started();
        assert_watch_list(&mut driven);
        driven.whole(422, "");
        assert_lists(&mut driven, Some("500"), None);
        let text = list(&[object("a", 1), object("b", 2)], "");
        driven.answer(200, &text[..text.len() - 20]);
        assert_eq!(driven.events().len(), 1);
        let error = (!whole).then(|| failure(ConnectionFailure::Terminated));
        driven.protocol.ended(error, driven.now);
        assert_eq!(driven.events(), [Event::Restarted]);
        assert_eq!(driven.error().is_some(), whole);
    }
}

#[test]
fn a_version_that_is_too_old_starts_over() {
    for in_place_of_event in [true, false] {
        for reason in ["Expired", "Gone", ""] {
            let mut driven = synced();
            driven.now += SECOND * 2;
            if in_place_of_event {
                driven.receive(&(line("MODIFIED", "a", 11) + &error_line(410, reason)));
                let expected = [Event::Modified(object("a", 11)), Event::Restarted];
                assert_eq!(driven.events(), expected);
            } else {
                driven.protocol.ended(None, driven.now);
                assert_follows(&mut driven, "10");
                driven.whole(410, &status(410, reason));
                assert_eq!(driven.events(), [Event::Restarted]);
            }
            assert_eq!(driven.error(), None);
            assert_eq!(assert_watch_list(&mut driven), Duration::ZERO);
        }
    }
}

#[test]
fn a_server_whose_versions_are_always_too_old_is_left_alone_for_a_while() {
    let mut driven = synced();
    let mut pauses = Vec::new();
    for _ in 0..4 {
        driven.receive(&error_line(410, "Expired"));
        assert_eq!(driven.events(), [Event::Restarted]);
        pauses.push(assert_watch_list(&mut driven).as_millis());
        driven.answer(200, SYNCED);
        assert_eq!(driven.events(), [Event::Synced("10".into())]);
    }
    assert_eq!(pauses[0], 0);
    assert!(pauses[1] >= 800 && pauses[2] >= 1600 && pauses[3] >= 3200, "{pauses:?}");
}

#[test]
fn a_version_that_the_server_does_not_have_yet_is_not_asked_for_for_ever() {
    let mut driven = synced();
    driven.protocol.ended(None, driven.now);
    assert_follows(&mut driven, "10");
    let too_large = r#"{"kind":"Status","status":"Failure","reason":"Timeout","code":504,"details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}}"#;
    driven.whole(504, too_large);
    assert_eq!(driven.events(), [Event::Restarted]);
    assert!(assert_watch_list(&mut driven) >= SECOND);
}

#[test]
fn a_watch_begins_where_it_is_told_to() {
    let after = |version: &str| Options {
        after_resource_version: Some(version.into()),
        ..Options::default()
    };
    let mut driven = Driven::new(after("7"));
    assert_eq!(assert_follows(&mut driven, "7"), Duration::ZERO);
    assert_eq!(driven.whole(200, &line("ADDED", "a", 8)), [Event::Added(object("a", 8))]);
    assert_follows(&mut driven, "8");

    // What the caller knows from elsewhere is taken back too.
    let mut driven = Driven::new(after("7"));
    assert_follows(&mut driven, "7");
    driven.answer(200, &error_line(410, "Expired"));
    assert_eq!(driven.events(), [Event::Restarted]);
    assert_watch_list(&mut driven);
    for none in ["", "0"] {
        assert!(after(none).check().is_err());
    }
}

#[test]
fn a_list_to_watch_from_has_a_version_and_no_endless_item() {
    let long = list(&[object(&"x".repeat(17 << 20), 1)], "");
    for (body, says) in [
        (list(&[], "").replace("\"20\"", "\"\""), "resourceVersion"),
        (list(&[], "").replace("\"resourceVersion\":\"20\",", ""), "resourceVersion"),
        (long, "16777216"),
    ] {
        let mut driven = started();
        assert_watch_list(&mut driven);
        driven.whole(422, "");
        assert_lists(&mut driven, Some("500"), None);
        assert_eq!(driven.whole(200, &body), []);
        assert_eq!(driven.events(), []);
        let Some(Error::Protocol(text)) = driven.error() else { panic!("no error") };
        assert!(text.contains(says), "{text}");
        assert_pause(assert_watch_list(&mut driven));
    }
}
