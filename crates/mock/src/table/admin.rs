//! What an administrator does to accounts, and what remains of it.

use crate::authenticator::Claim;
use crate::books::BeijingDay;
use crate::codes;
use crate::codes::Refusal;
use crate::session::{End, Name};
use trtc_base::units::UnixSeconds;

use super::{Online, Standing, Table};

impl Table {
    /// Refuses a UserSig that an administrator's kick made invalid.
    pub(super) fn accept(&self, claim: &Claim) -> Result<(), Refusal> {
        let piece = self.accounts.lock(&claim.account);
        match piece.get(&claim.account) {
            Some(account) if claim.issued < account.sigs_from => Err(codes::SIG_INVALIDATED),
            Some(_) | None => Ok(()),
        }
    }

    /// Makes the account, if it does not exist.
    pub(crate) fn import(&self, name: &Name) {
        let mut piece = self.accounts.lock(name);
        let account = piece.entry(name.clone()).or_default();
        if !matches!(account.standing, Standing::Registered | Standing::Imported) {
            account.standing = Standing::Imported;
            self.counts.imported.up();
            self.counts.books.imported(name.app(), BeijingDay::today());
        }
    }

    /// Whether the account is online; none where it does not exist.
    pub(crate) fn online(&self, name: &Name) -> Option<Online> {
        let piece = self.accounts.lock(name);
        let account = piece.get(name)?;
        match account.standing {
            Standing::New | Standing::TurnedAway => return None,
            Standing::Registered | Standing::Imported => {}
        }
        Some(if account.is_online() {
            Online::Yes
        } else {
            Online::No
        })
    }

    /// An administrator's kick at `now`: ends every session of the account, and its earlier UserSigs.
    pub(crate) fn kick_out(&self, name: &Name, now: UnixSeconds) -> Result<(), Refusal> {
        let mut piece = self.accounts.lock(name);
        let account = piece.get_mut(name).ok_or(codes::NO_SUCH_ACCOUNT)?;
        account.sigs_from = now;
        for session in account.sessions.clone() {
            self.end_in(account, &session, End::Kicked);
        }
        Ok(())
    }
}
