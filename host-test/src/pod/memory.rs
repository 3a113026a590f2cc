//! How much linear memory an instance has, and may have.

use wasmtime::ResourceLimiter;

/// The linear memories of an instance.
pub(super) struct Memory {
    /// The most bytes of each.
    limit: usize,
    /// The bytes of all. They never shrink.
    pub(super) bytes: usize,
}

impl Memory {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit: limit.unwrap_or(usize::MAX), bytes: 0 }
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.limit {
            return Ok(false);
        }
        self.bytes += desired.saturating_sub(current);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
