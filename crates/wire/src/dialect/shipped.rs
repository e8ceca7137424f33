//! The dialects inside the program.

/// Every shipped dialect: its name and its file's text. Adding one is a file and a line here.
pub const SHIPPED: &[(&str, &str)] = &[
    ("session", include_str!("shipped/session.toml")),
    ("session-sse", include_str!("shipped/session-sse.toml")),
    ("session-poll", include_str!("shipped/session-poll.toml")),
    (
        "session-status",
        include_str!("shipped/session-status.toml"),
    ),
    ("matrix", include_str!("shipped/matrix.toml")),
    ("gateway", include_str!("shipped/gateway.toml")),
    ("tencent-rest", include_str!("shipped/tencent-rest.toml")),
    (
        "tencent-webhook",
        include_str!("shipped/tencent-webhook.toml"),
    ),
    (
        "tencent-rtc-callback",
        include_str!("shipped/tencent-rtc-callback.toml"),
    ),
    (
        "usersig-server",
        include_str!("shipped/usersig-server.toml"),
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{CallbackValues, Dialect, Judged, Notice, Push, Taken, Values, wire};
    use super::*;
    use crate::session::{Code, Operation};

    #[test]
    fn every_shipped_dialect_is_without_fault_and_carries_its_own_name() {
        for (name, text) in SHIPPED {
            let dialect =
                Dialect::parse(text, name).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
            assert_eq!(dialect.name(), *name);
        }
    }

    #[test]
    fn the_session_dialect_speaks_the_wire_shapes() {
        let dialect = Dialect::parse(SHIPPED[0].1, "session").unwrap();
        let values = Values {
            sdk_app_id: 7,
            user_id: "u",
            user_sig: "s",
            platform: "web",
            device_id: "d",
            ..Values::default()
        };
        let sent = |operation: Operation| {
            let mut out = Vec::new();
            dialect
                .request(operation)
                .unwrap()
                .render(&values, "h", "", &mut out);
            String::from_utf8(out).unwrap()
        };
        let login = sent(Operation::Login);
        let (head, body) = login.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("POST {} ", wire::LOGIN)));
        let body: wire::LoginRequest = serde_json::from_str(body).unwrap();
        let fields = (
            body.sdk_app_id,
            &*body.user_id,
            &*body.user_sig,
            &*body.platform,
            &*body.device_id,
        );
        assert_eq!(fields, (7, "u", "s", "web", "d"));
        assert!(sent(Operation::SelfInfo).starts_with(&format!("GET {} ", wire::SELF_INFO)));
        assert!(sent(Operation::Logout).starts_with(&format!("POST {} ", wire::LOGOUT)));
        let Some(Push::WebSocket(push)) = dialect.push() else {
            panic!("no WebSocket")
        };
        let mut out = Vec::new();
        push.render(&values, "h", "", "k", &mut out);
        assert!(out.starts_with(format!("GET {} ", wire::EVENTS).as_bytes()));
        for (event, notice) in [
            (wire::KICKED_OFFLINE, Notice::Kicked),
            (wire::USER_SIG_EXPIRED, Notice::Expired),
            (wire::BROADCAST, Notice::Broadcast),
        ] {
            let event = wire::PushEvent {
                event: event.into(),
                reason: String::new(),
            };
            assert_eq!(push.read(&serde_json::to_string(&event).unwrap()), notice);
        }
    }

    #[test]
    fn answers_in_the_wire_shapes_are_understood() {
        let dialect = Dialect::parse(SHIPPED[0].1, "session").unwrap();
        let judged = |operation: Operation, status, body: String| {
            dialect
                .request(operation)
                .unwrap()
                .judge(status, body.as_bytes())
        };
        let answer = wire::LoginAnswer {
            code: 0,
            token: "t".into(),
            user_id: "u".into(),
        };
        let taken = Taken {
            token: Some("t".into()),
            user_id: Some("u".into()),
            ..Taken::default()
        };
        assert_eq!(
            judged(
                Operation::Login,
                200,
                serde_json::to_string(&answer).unwrap()
            ),
            Judged::Success(taken)
        );
        let answer = wire::SelfInfoAnswer {
            code: 0,
            user_id: "u".into(),
        };
        let taken = Taken {
            user_id: Some("u".into()),
            ..Taken::default()
        };
        assert_eq!(
            judged(
                Operation::SelfInfo,
                200,
                serde_json::to_string(&answer).unwrap()
            ),
            Judged::Success(taken)
        );
        let plain = |code, message: &str| {
            serde_json::to_string(&wire::Plain {
                code,
                message: message.into(),
            })
            .unwrap()
        };
        assert_eq!(
            judged(Operation::Logout, 200, plain(0, "")),
            Judged::Success(Taken::default())
        );
        let refused = Judged::Refused {
            status: 401,
            code: Some(Code::Number(70001)),
        };
        assert_eq!(
            judged(Operation::Login, 401, plain(70001, "expired")),
            refused
        );
    }

    #[test]
    fn the_webhooks_request_is_the_documented_one_to_the_byte() {
        let text = SHIPPED.iter().find(|(name, _)| *name == "tencent-webhook");
        let dialect = Dialect::parse(text.unwrap().1, "tencent-webhook").unwrap();
        assert!(dialect.is_webhook());
        let values = Values {
            sdk_app_id: 1_400_000_001,
            user_id: "testuser316",
            callback: CallbackValues {
                path: "/im/callback",
                client_ip: "198.51.100.7",
                opt_platform: "IOS",
                event_time: "1629883332497",
                action: "Login",
                reason: "Register",
                custom_status: "",
                kicked_devices: ",\"KickedDevice\":[{\"Platform\":\"Windows\"},{\"Platform\":\"Android\"}]",
                signature: "&Sign=17&RequestTime=1669872112",
                ..CallbackValues::default()
            },
            ..Values::default()
        };
        let mut out = Vec::new();
        let request = dialect.request(Operation::Callback).unwrap();
        request.render(&values, "h", "", &mut out);
        let sent = String::from_utf8(out).unwrap();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        let line = "POST /im/callback?SdkAppid=1400000001&CallbackCommand=State.StateChange&contenttype=json\
                    &ClientIP=198.51.100.7&OptPlatform=IOS&Sign=17&RequestTime=1669872112 HTTP/1.1";
        assert_eq!(head.lines().next(), Some(line));
        // The sample of the page, without the white space between its tokens.
        let documented = r#"{"CallbackCommand":"State.StateChange","EventTime":1629883332497,
            "Info":{"Action":"Login","To_Account":"testuser316","Reason":"Register"},
            "KickedDevice":[{"Platform":"Windows"},{"Platform":"Android"}]}"#;
        let documented: String = documented.split_whitespace().collect();
        assert_eq!(body, documented);
        let ack = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;
        let judged = |body: &str| request.judge(200, body.as_bytes());
        assert_eq!(judged(ack), Judged::Success(Taken::default()));
        let refused = judged(&ack.replace('0', "1"));
        let code = Some(Code::Number(1));
        assert_eq!(refused, Judged::Refused { status: 200, code });
    }
}
