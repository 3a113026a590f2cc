// Strings and lists of them, between Rust and the memory that the host reads and writes:
// <https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>.

const _: () = assert!(core::mem::size_of::<*const u8>() == 4);

#[inline(never)]
pub(super) unsafe fn store_bytes(bytes: Vec<u8>, at: *mut u8) {
    unsafe {
        let bytes = core::mem::ManuallyDrop::new(bytes.into_boxed_slice());
        at.cast::<*const u8>().write(bytes.as_ptr());
        at.add(4).cast::<usize>().write(bytes.len());
    }
}

#[inline(never)]
pub(super) unsafe fn store_string(string: String, at: *mut u8) {
    unsafe { store_bytes(string.into_bytes(), at) }
}

#[inline(never)]
pub(super) unsafe fn store_option_string(string: Option<String>, at: *mut u8) {
    unsafe {
        at.write(u8::from(string.is_some()));
        if let Some(string) = string {
            store_string(string, at.add(4));
        }
    }
}

#[inline(never)]
pub(super) unsafe fn store_strings(strings: Vec<String>, at: *mut u8) {
    unsafe {
        let mut list = Vec::<[usize; 2]>::with_capacity(strings.len());
        for (index, string) in strings.into_iter().enumerate() {
            store_string(string, list.as_mut_ptr().add(index).cast());
            list.set_len(index + 1);
        }
        let list = core::mem::ManuallyDrop::new(list.into_boxed_slice());
        at.cast::<*const u8>().write(list.as_ptr().cast());
        at.add(4).cast::<usize>().write(list.len());
    }
}

#[inline(never)]
pub(super) unsafe fn read_bytes(at: *mut u8) -> Vec<u8> {
    unsafe {
        let length = at.add(4).cast::<usize>().read();
        Vec::from_raw_parts(at.cast::<*mut u8>().read(), length, length)
    }
}

#[inline(never)]
pub(super) unsafe fn read_option_string(at: *mut u8) -> Option<String> {
    unsafe { (*at != 0).then(|| _rt::string_lift(read_bytes(at.add(4)))) }
}

#[inline(never)]
pub(super) unsafe fn read_strings(list: *mut u8, length: usize) -> Vec<String> {
    unsafe {
        let read = |index| _rt::string_lift(read_bytes(list.add(8 * index)));
        let strings = (0..length).map(read).collect();
        _rt::cabi_dealloc(list, 8 * length, 4);
        strings
    }
}

#[inline(never)]
pub(super) unsafe fn read_pairs(list: *mut u8, length: usize) -> Vec<(String, String)> {
    unsafe {
        let read = |at| _rt::string_lift(read_bytes(at));
        let pair = |index| (read(list.add(16 * index)), read(list.add(16 * index + 8)));
        let pairs = (0..length).map(pair).collect();
        _rt::cabi_dealloc(list, 16 * length, 4);
        pairs
    }
}

#[inline(never)]
pub(super) unsafe fn free_bytes(at: *mut u8) {
    unsafe { _rt::cabi_dealloc(at.cast::<*mut u8>().read(), at.add(4).cast::<usize>().read(), 1) }
}

#[inline(never)]
pub(super) unsafe fn free_option_bytes(at: *mut u8) {
    unsafe {
        if *at != 0 {
            free_bytes(at.add(4));
        }
    }
}

#[inline(never)]
pub(super) unsafe fn free_strings(at: *mut u8) {
    unsafe {
        let list = at.cast::<*mut u8>().read();
        let length = at.add(4).cast::<usize>().read();
        for index in 0..length {
            free_bytes(list.add(8 * index));
        }
        _rt::cabi_dealloc(list, 8 * length, 4);
    }
}
