//! Components for tests, from a core module in text form.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A component of a world that imports and exports interfaces, for example
/// `wasi:cli/environment@0.2.12`.
pub(super) fn component(imports: &[&str], exports: &[&str], module: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    resolve.push_dir(&wit).unwrap();
    let mut world = "package test:guest;\nworld guest {\n".to_owned();
    for (word, interfaces) in [("import", imports), ("export", exports)] {
        for interface in interfaces {
            world.push_str(&format!("{word} {interface};\n"));
        }
    }
    world.push('}');
    let package = resolve.push_str("guest.wit", &world).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, true).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

/// A command whose `run` is this body: it leaves 0 if all went well, and 1 if not.
pub(super) fn command(imports: &[&str], functions: &str, run: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
            {functions}
            (memory (export "memory") 1)
            (global $free (mut i32) (i32.const 4096))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at
                    (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.set $free (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
            (func (export "wasi:cli/run@0.2.12#run") (result i32)
                {run}))"#
    );
    component(imports, &["wasi:cli/run@0.2.12"], &module)
}
