//! How a watch goes on after an answer that is over.

use super::*;

#[test]
fn half_a_line_is_dropped_and_comes_again() {
    let mut driven = synced();
    let next = line("MODIFIED", "a", 12);
    driven.receive(&(line("MODIFIED", "a", 11) + &next[..next.len() / 2]));
    assert_eq!(driven.events().len(), 1);
    driven.protocol.ended(None, driven.now);
    assert_eq!(driven.events(), []);
    assert_eq!(assert_follows(&mut driven, "11"), Duration::ZERO);
    driven.answer(200, &next);
    assert_eq!(driven.events(), [Event::Modified(object("a", 12))]);
}

#[test]
fn bookmarks_without_a_version_and_for_a_known_one_say_nothing() {
    let mut driven = synced();
    for text in ["", r#""resourceVersion":"""#, r#""resourceVersion":"10""#] {
        driven.receive(&bookmark(text));
    }
    assert_eq!(driven.events(), []);
    driven.now += SECOND * 2;
    driven.protocol.ended(None, driven.now);
    assert_follows(&mut driven, "10");
}

#[test]
fn a_watch_that_ends_at_once_has_failed() {
    let mut driven = synced();
    driven.protocol.ended(None, driven.now);
    let mut least = 0;
    for _ in 0..4 {
        let pause = assert_follows(&mut driven, "10").as_millis();
        assert!((least..=2 * least).contains(&pause), "{pause} after {least}");
        driven.answer(200, "");
        driven.now += Duration::from_millis(999);
        driven.protocol.ended(None, driven.now);
        least = (2 * least).max(800);
    }
    // Not one that had something to tell, or lasted.
    for (text, time) in [(line("ADDED", "b", 11), 0), (String::new(), 1000)] {
        let mut driven = synced();
        driven.protocol.ended(None, driven.now);
        assert_follows(&mut driven, "10");
        driven.answer(200, &text);
        driven.events();
        driven.now += Duration::from_millis(time);
        driven.protocol.ended(Some(failure(ConnectionFailure::Terminated)), driven.now);
        assert_eq!(driven.ask().1, Duration::ZERO);
    }
    // A bookmark for what is known already is nothing.
    let mut driven = synced();
    driven.protocol.ended(None, driven.now);
    assert_follows(&mut driven, "10");
    assert_eq!(driven.whole(200, &bookmark(r#""resourceVersion":"10""#)), []);
    assert_pause(assert_follows(&mut driven, "10"));
}

#[test]
fn a_silent_watch_is_given_up() {
    let mut driven = synced();
    assert!(!driven.wait(SECOND * 149));
    driven.receive("\n");
    assert!(!driven.wait(SECOND * 149));
    assert!(driven.wait(SECOND));
    assert_eq!(assert_follows(&mut driven, "10"), Duration::ZERO);
    // Its head does not come either.
    assert!(!driven.wait(SECOND * 109));
    assert!(driven.wait(SECOND));
    assert_pause(assert_follows(&mut driven, "10"));
    assert_eq!((driven.events(), driven.error()), (vec![], None));

    let idle_limit = Some(SECOND * 20);
    let mut driven = Driven::new(Options { idle_limit, ..Options::default() });
    driven.ask();
    driven.answer(200, SYNCED);
    driven.events();
    assert!(!driven.wait(SECOND * 19) && driven.wait(SECOND));
}

#[test]
fn a_watch_that_outlives_its_time_is_given_up() {
    let idle_limit = Some(SECOND * 100_000);
    let mut driven = Driven::new(Options { idle_limit, ..Options::default() });
    let ask = driven.ask_at_once();
    let seconds: u32 = named(&ask.query, "timeoutSeconds").unwrap().parse().unwrap();
    driven.answer(200, SYNCED);
    driven.events();
    assert!(!driven.wait(SECOND * (seconds + 4)));
    assert!(driven.wait(SECOND));
    assert_eq!(assert_follows(&mut driven, "10"), Duration::ZERO);
}

#[test]
fn not_all_watches_end_together() {
    let mut seconds: Vec<u32> = (0..1000)
        .map(|at| {
            let mut driven = started();
            driven.now += Duration::from_nanos(at * 1017);
            named(&driven.ask_at_once().query, "timeoutSeconds").unwrap().parse().unwrap()
        })
        .collect();
    seconds.sort_unstable();
    assert!(seconds[0] >= 290 && seconds[999] <= 600);
    seconds.dedup();
    assert!(seconds.len() > 200, "{}", seconds.len());
}

#[test]
fn a_list_that_falls_silent_is_given_up() {
    let mut driven = started();
    assert_watch_list(&mut driven);
    driven.whole(422, "");
    assert_lists(&mut driven, Some("500"), None);
    let text = list(&[object("a", 1)], "");
    driven.answer(200, &text[..text.len() - 1]);
    assert!(!driven.wait(SECOND * 149));
    driven.receive(" ");
    assert!(!driven.wait(SECOND * 149));
    assert_eq!(driven.events().len(), 1);
    assert!(driven.wait(SECOND));
    assert_eq!(driven.events(), [Event::Restarted]);
}
