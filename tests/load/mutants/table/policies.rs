//! Servers that hold an account's devices to another policy than the app's.

use trtc_load::recorder::Invariant as I;

use super::super::scenes;
use super::super::scenes::Scene;
use super::{Mutant, rule};
use crate::session_server::{Fault, KickFault, Seats};

const fn policy(wrong: &'static str, policy: &'static str, scene: Scene, breaks: I) -> Mutant {
    rule(wrong, Fault::Policy(Seats::of(policy)), scene, breaks)
}

const fn instances(wrong: &'static str, web: usize, native: usize, breaks: I) -> Mutant {
    let seats = Seats {
        policy: "dual",
        web,
        native,
    };
    rule(wrong, Fault::Policy(seats), scenes::INSTANCES, breaks)
}

/// Device policies that are not the app's.
pub(crate) const POLICIES: &[Mutant] = &[
    policy(
        "dual in place of single",
        "dual",
        scenes::SINGLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "triple in place of single",
        "triple",
        scenes::SINGLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "multi in place of single",
        "multi",
        scenes::SINGLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "single in place of dual",
        "single",
        scenes::DUAL,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "triple in place of dual",
        "triple",
        scenes::DUAL,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "multi in place of dual",
        "multi",
        scenes::DUAL,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "single in place of triple",
        "single",
        scenes::TRIPLE,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "dual in place of triple",
        "dual",
        scenes::TRIPLE,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "multi in place of triple",
        "multi",
        scenes::TRIPLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "single in place of multi",
        "single",
        scenes::MULTI,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "dual in place of multi",
        "dual",
        scenes::MULTI,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "triple in place of multi",
        "triple",
        scenes::MULTI,
        I::NoNoticeWithoutCause,
    ),
    instances(
        "one browser where three may be",
        1,
        2,
        I::NoNoticeWithoutCause,
    ),
    instances(
        "ten browsers where three may be",
        10,
        2,
        I::NoMoreSessionsThanThePolicy,
    ),
    instances("one phone where two may be", 3, 1, I::NoNoticeWithoutCause),
    instances(
        "three phones where two may be",
        3,
        3,
        I::NoMoreSessionsThanThePolicy,
    ),
    rule(
        "a kick is not carried out",
        Fault::Kick(KickFault::NotCarriedOut),
        scenes::DUAL,
        I::NoMoreSessionsThanThePolicy,
    ),
];
