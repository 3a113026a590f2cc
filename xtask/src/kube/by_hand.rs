//! What `docs/kube-upstream.md` tells a reader to do by hand, done in a package of one's own.

use std::process::Command;

use super::{CHANGES, VERSION, change_runtime};
use crate::process;
use crate::readme::marked;
use crate::workspace::{Workspace, contents};

#[test]
fn it_comes_to_what_the_build_does() {
    let workspace = Workspace::new();
    change_runtime(&workspace).unwrap();
    let folder = std::env::temp_dir().join(format!("xtask-by-hand-{}", std::process::id()));
    let package = folder.join("package");
    std::fs::create_dir_all(package.join("src")).unwrap();
    std::fs::write(package.join("src/lib.rs"), "").unwrap();
    std::fs::copy(workspace.root().join(CHANGES), package.join("kube-runtime.diff")).unwrap();
    let manifest = format!(
        "[package]\nname = \"by-hand\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nkube-runtime = \"={VERSION}\"\n\n"
    );
    std::fs::write(package.join("Cargo.toml"), manifest).unwrap();
    // The versions that are here already.
    std::fs::copy(workspace.root().join("kube/Cargo.lock"), package.join("Cargo.lock")).unwrap();
    // Where cargo has its registry, if that is not in the home.
    let cargo = std::env::var("CARGO_HOME").ok();
    let cargo = cargo.or_else(|| Some(format!("{}/.cargo", std::env::var("HOME").ok()?)));
    std::os::unix::fs::symlink(cargo.unwrap(), folder.join(".cargo")).unwrap();

    let [block] = &marked("docs/kube-upstream.md", "xtask/src/kube/by_hand.rs")[..] else {
        panic!("one block")
    };
    let mut shell = Command::new("bash");
    shell.current_dir(&package).args(["-euo", "pipefail", "-c", block]);
    process::run(shell.env("HOME", &folder)).unwrap();

    let own = package.join("kube-runtime");
    let names = |text: &str| text.matches("target_family = \"wasm\"").count();
    for file in ["Cargo.toml", "src/events.rs", "src/controller/mod.rs"] {
        let read = |folder: &std::path::Path| std::fs::read_to_string(folder.join(file)).unwrap();
        let changed = read(&workspace.target("kube-runtime"));
        assert!(read(&own) == changed && names(&changed) > 0, "{file}");
    }
    assert!(!contents(&[&own.join("src")]).unwrap().is_empty());
    // And cargo takes it in the place of the one that is published.
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&package).args(["tree", "--depth", "1", "--prefix", "none"]);
    let tree = process::output(&mut cargo).unwrap();
    assert!(tree.contains(&format!("kube-runtime v{VERSION} (")), "{tree}");
    std::fs::remove_dir_all(&folder).unwrap();
}
