#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    trtc_load::fuzzing::user_sig(input);
});
