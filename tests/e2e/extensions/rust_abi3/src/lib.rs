//! A module for the stable ABI, by PyO3's bindings to the C API alone.

use std::ffi::{c_char, c_int};
use std::ptr;

use pyo3_ffi::*;

static mut METHODS: [PyMethodDef; 3] = [
    PyMethodDef {
        ml_name: c"total".as_ptr(),
        ml_meth: PyMethodDefPointer { PyCFunction: total },
        ml_flags: METH_O,
        ml_doc: ptr::null(),
    },
    PyMethodDef {
        ml_name: c"pointer_bits".as_ptr(),
        ml_meth: PyMethodDefPointer { PyCFunction: pointer_bits },
        ml_flags: METH_NOARGS,
        ml_doc: ptr::null(),
    },
    PyMethodDef::zeroed(),
];

static mut DEFINITION: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"rust_abi3_sample".as_ptr(),
    m_doc: ptr::null(),
    m_size: -1 as Py_ssize_t,
    m_methods: &raw mut METHODS as *mut PyMethodDef,
    m_slots: ptr::null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

/// The bytes of a text, added up in a thread of their own.
unsafe extern "C" fn total(_own: *mut PyObject, argument: *mut PyObject) -> *mut PyObject {
    let mut size: Py_ssize_t = 0;
    let mut bytes: *mut c_char = ptr::null_mut();
    let encoded = PyUnicode_AsUTF8String(argument);
    if encoded.is_null() || PyBytes_AsStringAndSize(encoded, &mut bytes, &mut size) as c_int != 0 {
        return ptr::null_mut();
    }
    let text = std::slice::from_raw_parts(bytes.cast::<u8>(), size as usize).to_vec();
    Py_DecRef(encoded);
    let sum = std::thread::spawn(move || text.iter().map(|&byte| u64::from(byte)).sum::<u64>());
    PyLong_FromUnsignedLongLong(sum.join().unwrap())
}

unsafe extern "C" fn pointer_bits(_own: *mut PyObject, _none: *mut PyObject) -> *mut PyObject {
    PyLong_FromSize_t(usize::BITS as usize)
}

#[no_mangle]
#[allow(clippy::missing_safety_doc)]
pub unsafe extern "C" fn PyInit_rust_abi3_sample() -> *mut PyObject {
    PyModule_Create(&raw mut DEFINITION)
}
