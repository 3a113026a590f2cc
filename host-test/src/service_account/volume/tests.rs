#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::*;

fn contents(generation: usize) -> Contents {
    Contents {
        token: Some(format!("token {generation}").into_bytes()),
        ca: Some(format!("ca {generation}").into_bytes()),
        namespace: Some(b"team-a".to_vec()),
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn data_folder(volume: &Volume) -> PathBuf {
    fs::read_link(volume.path().join("..data")).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn files_are_relative_links_into_a_timestamped_folder() {
    let volume = Volume::new(&contents(1)).unwrap();

    let data = data_folder(&volume);
    assert!(data.is_relative(), "{data:?}");
    let timestamp = data.to_str().unwrap();
    // ..2026_11_24_15_21_05.123456789
    let shape: String =
        timestamp.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(shape, "..9999_99_99_99_99_99.999999999");

    for (name, bytes) in [("token", "token 1"), ("ca.crt", "ca 1"), ("namespace", "team-a")] {
        let link = volume.path().join(name);
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("..data").join(name));
        assert_eq!(fs::read_to_string(&link).unwrap(), bytes);
        let real = volume.path().join(&data).join(name);
        assert!(fs::symlink_metadata(real).unwrap().is_file());
    }
    assert_eq!(
        names(volume.path()),
        ["..data", timestamp, "ca.crt", "namespace", "token"].map(String::from).into()
    );
}

#[test]
fn only_the_owner_may_read_it() {
    let volume = Volume::new(&contents(1)).unwrap();
    for generation in [1, 2] {
        volume.replace(&contents(generation)).unwrap();
        let data = volume.path().join(data_folder(&volume));
        assert_eq!(mode(volume.path()), 0o700);
        assert_eq!(mode(&data), 0o700);
        for name in ["token", "ca.crt", "namespace"] {
            assert_eq!(mode(&data.join(name)), 0o600, "{name}");
        }
    }
}

#[test]
fn a_replacement_leaves_one_timestamped_folder() {
    let volume = Volume::new(&contents(1)).unwrap();
    let first = data_folder(&volume);
    for generation in 2..10 {
        volume.replace(&contents(generation)).unwrap();
    }

    let last = data_folder(&volume);
    assert_ne!(first, last);
    let expected = ["..data", last.to_str().unwrap(), "ca.crt", "namespace", "token"];
    assert_eq!(names(volume.path()), expected.map(String::from).into());
    assert_eq!(fs::read_to_string(volume.path().join("token")).unwrap(), "token 9");
}

#[test]
fn links_come_and_go_with_their_files() {
    let volume = Volume::new(&Contents::default()).unwrap();
    assert_eq!(names(&volume.path().join("..data")), BTreeSet::new());
    assert_eq!(names(volume.path()).len(), 2);

    volume.set_token("a token").unwrap();
    volume.set_ca("a certificate").unwrap();
    assert_eq!(fs::read(volume.path().join("token")).unwrap(), b"a token");
    assert_eq!(names(&volume.path().join("..data")), ["ca.crt", "token"].map(String::from).into());

    volume.remove(File::Token).unwrap();
    let missing = fs::symlink_metadata(volume.path().join("token")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert_eq!(fs::read(volume.path().join("ca.crt")).unwrap(), b"a certificate");
    assert_eq!(
        volume.contents(),
        Contents { ca: Some(b"a certificate".to_vec()), ..Contents::default() }
    );
}

#[test]
fn files_may_be_empty() {
    let volume = Volume::new(&contents(1)).unwrap();
    volume.set_token("").unwrap();
    assert_eq!(fs::read(volume.path().join("token")).unwrap(), b"");
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    let volume = Volume::new(&contents(1)).unwrap();
    let before = data_folder(&volume);
    volume.replace(&contents(1)).unwrap();
    volume.set_token("token 1").unwrap();
    assert_eq!(data_folder(&volume), before);
}

#[test]
fn nothing_is_left_after_drop() {
    let volume = Volume::new(&contents(1)).unwrap();
    volume.replace(&contents(2)).unwrap();
    let path = volume.path().to_owned();
    assert!(path.is_dir());
    drop(volume);
    let gone = fs::symlink_metadata(path).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[test]
fn errors_name_the_step_and_the_path() {
    let volume = Volume::new(&contents(1)).unwrap();
    fs::remove_dir_all(volume.path()).unwrap();
    let error = volume.set_token("s3cret").unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(
        text.contains(volume.path().to_str().unwrap()) && text.contains("can't create a folder in"),
        "{text}"
    );
    assert!(!text.contains("s3cret"), "{text}");
    // What could not be written is not taken for written.
    assert_eq!(volume.contents(), contents(1));
}

/// Reads the pair of one resolution of `..data`, or nothing if it was replaced
/// in the meantime.
fn read_pair(volume: &Volume) -> Option<(String, String)> {
    let data = data_folder(volume);
    let read = |name: &str| fs::read_to_string(volume.path().join(&data).join(name));
    match (read("token"), read("ca.crt")) {
        (Ok(token), Ok(ca)) => Some((token, ca)),
        (token, ca) => {
            assert_ne!(data_folder(volume), data, "{token:?} {ca:?}");
            None
        }
    }
}

/// The same through the links that everyone uses, one file at a time.
fn read_token(volume: &Volume) -> Option<String> {
    let data = data_folder(volume);
    match fs::read_to_string(volume.path().join("token")) {
        Ok(token) => Some(token),
        Err(error) => {
            assert_ne!(data_folder(volume), data, "{error}");
            None
        }
    }
}

#[test]
fn a_reader_sees_whole_generations() {
    const SEEN: usize = 50;
    const HANG: Duration = Duration::from_secs(120);
    let volume = Volume::new(&contents(0)).unwrap();
    let seen = AtomicUsize::new(0);
    let done = AtomicBool::new(false);
    let started = Instant::now();

    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Acquire) {
                if let Some((token, ca)) = read_pair(&volume) {
                    let generation = token.strip_prefix("token ").unwrap();
                    assert_eq!(ca, format!("ca {generation}"));
                    let generation: usize = generation.parse().unwrap();
                    assert!(generation >= last, "{generation} after {last}");
                    seen.fetch_add(usize::from(generation > last), Ordering::Release);
                    last = generation;
                }
                if let Some(token) = read_token(&volume) {
                    let generation = token.strip_prefix("token ").unwrap();
                    assert!(generation.parse::<usize>().unwrap() >= last);
                }
            }
        });
        let mut generation = 0;
        while !reader.is_finished()
            && seen.load(Ordering::Acquire) < SEEN
            && started.elapsed() < HANG
        {
            generation += 1;
            volume.replace(&contents(generation)).unwrap();
        }
        done.store(true, Ordering::Release);
    });
    assert!(seen.load(Ordering::Acquire) >= SEEN);
}
