//! An administrator's requests from a device's place: about accounts, in nobody's session.

use super::device::Device;
use super::http_client::Sent;
use super::iteration::{Asked, When};
use super::judgement::Expect;
use super::reply::Reply;
use crate::profile::ConnectionUse;
use crate::recorder::Invariant;
use crate::session::{Code, Operation};
use trtc_base::units::Micros;
use trtc_usersig::UserId;
use trtc_wire::dialect::Values;

impl Device<'_> {
    /// Sends the arrival's `nth` request of an administrator, about `user_ids` where it can name several and about the device's own
    /// account where it cannot. Who asked books what came. None where the dialect has no such request.
    pub(super) async fn ask_as_admin(
        &mut self,
        operation: Operation,
        user_ids: &[UserId],
        nth: u64,
    ) -> Option<Sent> {
        let (iteration, settings) = (self.iteration, self.settings);
        let request = settings.dialect.request(operation)?;
        let admin_sig = self.pool.admin_sig(self.virtual_user.app)?;
        // A different number in each request of the run, so that no cache on the way answers.
        let random =
            u32::try_from((iteration.arrival.n * 64 + nth) % u64::from(u32::MAX)).unwrap_or(0);
        let random = random.to_string();
        let (list, named) = match request.batch() {
            Some(_) => {
                let ids = user_ids.iter().map(UserId::as_str);
                (request.list_of(ids), user_ids.len())
            }
            None => (String::new(), 0),
        };
        let values = Values {
            admin: self.pool.admin()?.identifier(),
            admin_sig: &admin_sig,
            random: &random,
            user_ids: &list,
            named,
            ..self.virtual_user.values("")
        };
        let bounds = iteration.bounds();
        let asks = (operation, request);
        Some(self.http.ask(settings, asks, &values, bounds).await)
    }

    /// Looks whether the service knows the account that has logged in since `online`: an administrator's question, on the side.
    pub(super) async fn check_sign_up(&mut self, online: Micros) {
        let user_id = self.virtual_user.user_id.clone();
        let operation = Operation::AccountCheck;
        let Some(sent) = self
            .ask_as_admin(operation, std::slice::from_ref(&user_id), 0)
            .await
        else {
            return;
        };
        if self.settings.connection != ConnectionUse::Keep {
            self.http.close();
        }
        let asked = Asked {
            operation,
            // Nobody waits for it, so it is due when it can be asked.
            when: When::at(online.max(sent.sent)),
            expect: Expect::Success,
        };
        self.iteration
            .book_sent(&self.settings.dialect, asked, &sent);
        let rule = Invariant::LoginSignsUp;
        if matches!(sent.reply, Reply::Success(_)) {
            self.iteration.checked(rule);
        } else if let Reply::Refused {
            code: Some(Code::Said(said)),
            ..
        } = sent.reply
        {
            // What the answer says of the account is not what the dialect takes for a success.
            let story = format!("{user_id} had logged in, and a look at its account: {said}");
            self.iteration.violation(rule, sent.done, story);
        }
    }
}
