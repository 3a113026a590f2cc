//! The Kubernetes client for WebAssembly components.
