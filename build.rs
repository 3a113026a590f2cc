//! Generates the bindings of the component's exports, for the component build alone.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "exports")]
    {
        println!("cargo::rerun-if-changed=wit");
        let world = if cfg!(feature = "tls") { "in-cluster-tls" } else { "in-cluster" };
        let bindings = k8s_in_cluster_bindgen::generate("wit".as_ref(), world)?;
        let file = std::path::Path::new(&std::env::var("OUT_DIR")?).join("bindings.rs");
        std::fs::write(file, bindings)?;
    }
    Ok(())
}
