//! What needs the apps' keys.

use super::target::TargetParts;
use super::usersig::{UsersigServer, Verify};
use crate::scenario::Scenario;
use trtc_wire::dialect::Credential;

/// All that a run does with the apps' keys, a sentence each. What could not be read needs none, as far as is known.
pub(super) fn needs_of(
    target: &TargetParts,
    usersig: Option<&Option<UsersigServer>>,
    scenarios: Option<&[Scenario]>,
) -> Vec<String> {
    let Some(dialect) = target.dialect() else {
        return Vec::new();
    };
    // Nobody logs in to a webhook's receiver.
    if dialect.is_webhook() {
        return Vec::new();
    }
    let mut needs = Vec::new();
    if target.is_mock() {
        needs.push("the built-in mock checks UserSigs with it".to_owned());
    }
    if dialect.credential() == Credential::Password {
        let name = dialect.name();
        needs.push(format!("passwords of the dialect {name} are made from it"));
    } else {
        match usersig {
            Some(None) => needs.push("without [usersig] UserSigs are signed with it".to_owned()),
            Some(Some(server)) if server.verify == Verify::Each => {
                needs.push("`usersig.verify` checks what is issued with it".to_owned());
            }
            Some(Some(_)) | None => {}
        }
    }
    let played = scenarios.unwrap_or_default().iter();
    let need = |scenario: &Scenario| {
        let signs = scenario.signs()?;
        let name = &scenario.name;
        Some(format!("the scenario \"{name}\" signs {signs} with it"))
    };
    needs.extend(
        played
            .filter(|scenario| scenario.share > 0.0)
            .filter_map(need),
    );
    needs
}
