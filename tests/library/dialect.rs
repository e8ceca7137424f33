//! Dialects through their public face: what is sent, byte for byte, and what answers mean.

use proptest::prelude::*;
use trtc_load::dialect::{
    CallbackValues, Credential, Dialect, Judged, Notice, Polled, Push, SHIPPED, Taken, Values,
};
use trtc_load::session::{AnswerFault, Code, CodeClass, Operation};
use trtc_load::units::Micros;

const CALLBACK: CallbackValues<'static> = CallbackValues {
    path: "",
    client_ip: "",
    opt_platform: "",
    event_time: "",
    action: "",
    reason: "",
    kicked_devices: "",
    custom_status: "",
    event_group: "",
    event_type: "",
    callback_ts: "",
    event_info: "",
    body_sign: "",
    signature: "",
};

const VALUES: Values<'static> = Values {
    named: 0,
    admin: "",
    admin_sig: "",
    random: "",
    user_ids: "",
    callback: CALLBACK,
    sdk_app_id: 1_400_000_001,
    user_id: "Load_7",
    user_sig: "eJ*x-_",
    password: "pa\"ss",
    platform: "android",
    device_id: "d/1",
    token: "t\r\nok",
    cursor: "s1 2",
};

fn shipped(name: &str) -> Dialect {
    parsed(Dialect::shipped(name).unwrap())
}

fn parsed(text: &str) -> Dialect {
    Dialect::parse(text, "x.toml").unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn rendered(dialect: &Dialect, operation: Operation) -> String {
    let mut out = Vec::new();
    let request = dialect.request(operation).unwrap();
    request.render(&VALUES, "127.0.0.1:80", "X-Run: 1\r\n", &mut out);
    String::from_utf8(out).unwrap()
}

/// The head's `Content-Length` against the bytes that follow it.
fn assert_framed(request: &str) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    assert_eq!(
        line.map_or(0, |length| length.parse().unwrap()),
        body.len(),
        "{request}"
    );
}

#[test]
fn a_session_login_is_sent_with_its_length_and_its_values() {
    let dialect = shipped("session");
    let body = r#"{"sdk_app_id":1400000001,"user_id":"Load_7","user_sig":"eJ*x-_","platform":"android","device_id":"d/1"}"#;
    let want = format!(
        "POST /v1/login HTTP/1.1\r\nHost: 127.0.0.1:80\r\nX-Run: 1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for operation in [
        Operation::Login,
        Operation::Relogin,
        Operation::Switch,
        Operation::Provoke,
    ] {
        assert_eq!(rendered(&dialect, operation), want, "{operation}");
    }
}

#[test]
fn a_get_has_no_length_and_a_token_cannot_end_its_header() {
    assert_eq!(
        rendered(&shipped("session"), Operation::SelfInfo),
        "GET /v1/self HTTP/1.1\r\nHost: 127.0.0.1:80\r\nX-Run: 1\r\nAuthorization: Bearer tok\r\n\r\n"
    );
}

#[test]
fn a_post_without_a_body_says_so() {
    assert_eq!(
        rendered(&shipped("session"), Operation::Logout),
        "POST /v1/logout HTTP/1.1\r\nHost: 127.0.0.1:80\r\nX-Run: 1\r\nAuthorization: Bearer tok\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn the_push_channel_is_asked_for_with_the_key_that_the_client_chose() {
    let dialect = shipped("session");
    let Some(Push::WebSocket(push)) = dialect.push() else {
        panic!("no WebSocket")
    };
    let mut out = Vec::new();
    push.render(&VALUES, "h", "", "a2V5", &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "GET /v1/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer tok\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a2V5\r\n\r\n"
    );
    for (text, notice) in [
        (
            r#"{"event":"kicked_offline","reason":"multiple_device"}"#,
            Notice::Kicked,
        ),
        (r#"{"event":"user_sig_expired"}"#, Notice::Expired),
        (r#"{"event":"banner"}"#, Notice::Other),
        ("kicked_offline", Notice::Other),
        ("", Notice::Other),
    ] {
        assert_eq!(push.read(text), notice, "{text}");
    }
    assert_eq!(push.refusal(br#"{"code":6014}"#), Some(Code::Number(6014)));
    assert_eq!(push.refusal(b"<html>"), None);
}

#[test]
fn a_dialect_can_be_like_each_shipped_one_also_like_one_that_is_like_another() {
    for (name, _) in SHIPPED {
        let (base, like) = (
            shipped(name),
            parsed(&format!("version = 1\nname = \"own\"\nlike = \"{name}\"\n")),
        );
        assert_eq!(like.name(), "own");
        for operation in Operation::ALL {
            let [ours, theirs] = [&like, &base].map(|dialect| {
                dialect
                    .request(operation)
                    .map(|_| rendered(dialect, operation))
            });
            assert_eq!(ours, theirs, "{name} {operation}");
            assert_eq!(
                like.can(operation),
                base.can(operation),
                "{name} {operation}"
            );
        }
        assert_eq!(like.push().is_some(), base.push().is_some(), "{name}");
    }
}

#[test]
fn a_matrix_login_escapes_the_password_and_lowers_the_user_id() {
    let dialect = shipped("matrix");
    assert_eq!(dialect.credential(), Credential::Password);
    let login = rendered(&dialect, Operation::Login);
    assert!(login.contains(r#""user":"load_7"}"#), "{login}");
    assert!(login.contains(r#""password":"pa\"ss""#), "{login}");
    assert!(dialect.is_account("Load_7", "load_7"));
    assert!(!dialect.is_account("Load_7", "load_8"));
    assert!(!shipped("session").is_account("Load_7", "load_7"));
}

#[test]
fn the_first_poll_has_a_path_of_its_own_and_later_ones_carry_the_cursor() {
    let dialect = shipped("matrix");
    let Some(Push::Poll(push)) = dialect.push() else {
        panic!("no long poll")
    };
    let mut out = Vec::new();
    push.render(
        &Values {
            cursor: "",
            ..VALUES
        },
        "h",
        "",
        &mut out,
    );
    let first = String::from_utf8(std::mem::take(&mut out)).unwrap();
    assert!(
        first.starts_with("GET /_matrix/client/v3/sync?timeout=0&"),
        "{first}"
    );
    assert!(!first.contains("since="), "{first}");
    push.render(&VALUES, "h", "", &mut out);
    let later = String::from_utf8(out).unwrap();
    assert!(
        later
            .lines()
            .next()
            .unwrap()
            .ends_with("&since=s1%202 HTTP/1.1"),
        "{later}"
    );
    assert_eq!(push.limit(Micros::from_secs(3)), Micros::from_secs(12));
    assert_eq!(
        push.read(200, br#"{"next_batch":"s2"}"#),
        Polled::Again(Some("s2".into()))
    );
    assert_eq!(
        push.read(200, b"{}"),
        Polled::Malformed(lacks("/next_batch"))
    );
    assert_eq!(
        push.read(200, b"no"),
        Polled::Malformed(AnswerFault::NotJson)
    );
    assert_eq!(
        push.read(401, br#"{"errcode":"M_UNKNOWN_TOKEN"}"#),
        Polled::Notice(Notice::Kicked)
    );
    let other = Polled::Refused {
        status: 401,
        code: Some(Code::Name("M_MISSING_TOKEN".into())),
    };
    assert_eq!(push.read(401, br#"{"errcode":"M_MISSING_TOKEN"}"#), other);
    assert_eq!(
        push.read(502, b"<html>"),
        Polled::Refused {
            status: 502,
            code: None
        }
    );
}

#[test]
fn a_first_cursor_stands_where_no_poll_gave_one_yet() {
    let dialect = parsed(&format!(
        "{GATEWAY}{}",
        "[push]\nkind = \"long_poll\"\npath = \"/e?since={cursor}\"\nfirst_cursor = \"0\"\nlimit = \"30s\"\n\
         cursor = \"/next\"\nevents = [{ pointer = \"/events/0/type\", equals = 7, means = \"expired\" }]\n"
    ));
    let Some(Push::Poll(push)) = dialect.push() else {
        panic!("no long poll")
    };
    let mut out = Vec::new();
    push.render(&Values::default(), "h", "", &mut out);
    assert_eq!(out, b"GET /e?since=0 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(
        push.read(200, br#"{"events":[{"type":7}]}"#),
        Polled::Notice(Notice::Expired)
    );
    assert_eq!(
        push.read(200, br#"{"events":[],"next":5}"#),
        Polled::Again(Some("5".into()))
    );
}

/// The smallest dialect that another test can build on.
const GATEWAY: &str = "version = 1\nname = \"x\"\n[operations.login]\nmethod = \"POST\"\npath = \"/login\"\n\
    take = { token = \"/t\" }\n";

fn success(token: Option<&str>, user_id: Option<&str>) -> Judged {
    Judged::Success(Taken {
        user_sig: None,
        token: token.map(Into::into),
        user_id: user_id.map(Into::into),
    })
}

fn lacks(place: &str) -> AnswerFault {
    AnswerFault::Lacks(place.into())
}

fn refused(status: u16, code: Option<Code>) -> Judged {
    Judged::Refused { status, code }
}

#[test]
fn answers_of_the_session_dialect_are_judged_by_status_code_and_fields() {
    let dialect = shipped("session");
    let login = dialect.request(Operation::Login).unwrap();
    let number = |code| Some(Code::Number(code));
    for (status, body, judged) in [
        (
            200,
            r#"{"code":0,"token":"t","user_id":"u"}"#,
            success(Some("t"), Some("u")),
        ),
        (
            200,
            r#"{"user_id":"u","x":[1,{"code":9}],"token":"t\n","code":0}"#,
            success(Some("t\n"), Some("u")),
        ),
        (200, r#"{"code":70001}"#, refused(200, number(70001))),
        (
            401,
            r#"{"code":70001,"message":"expired"}"#,
            refused(401, number(70001)),
        ),
        (
            201,
            r#"{"code":0,"token":"t","user_id":"u"}"#,
            refused(201, None),
        ),
        (503, "<html>", refused(503, None)),
        (503, "", refused(503, None)),
        (200, "", Judged::Malformed(AnswerFault::NotJson)),
        (200, "{", Judged::Malformed(AnswerFault::NotJson)),
        (200, "[]", Judged::Malformed(lacks("/code"))),
        (
            200,
            r#"{"code":0,"token":"t"}"#,
            Judged::Malformed(lacks("/user_id")),
        ),
        (
            200,
            r#"{"code":0,"token":null,"user_id":"u"}"#,
            Judged::Malformed(lacks("text at /token: it is null")),
        ),
    ] {
        assert_eq!(
            login.judge(status, body.as_bytes()),
            judged,
            "{status} {body}"
        );
    }
}

#[test]
fn answers_of_a_homeserver_are_judged_too() {
    let dialect = shipped("matrix");
    let register = dialect.request(Operation::Register).unwrap();
    assert_eq!(
        register.judge(400, br#"{"errcode":"M_USER_IN_USE"}"#),
        success(None, None)
    );
    let taken = Some(Code::Name("M_EXCLUSIVE".into()));
    assert_eq!(
        register.judge(400, br#"{"errcode":"M_EXCLUSIVE"}"#),
        refused(400, taken)
    );
    assert_eq!(register.judge(200, b"whatever"), success(None, None));
    let who = dialect.request(Operation::SelfInfo).unwrap();
    assert_eq!(
        who.judge(200, br#"{"user_id":"@load_7:host:8448"}"#),
        success(None, Some("load_7"))
    );
    assert_eq!(
        who.judge(200, br#"{"user_id":"load_7"}"#),
        Judged::Malformed(lacks("\"@\" or \":\" in /user_id"))
    );
}

/// What the answer to a login with `success = { pointer = "/code", equals = EQUALS }` is judged as.
fn judged(equals: &str, body: &str) -> Judged {
    let dialect = parsed(&format!(
        "version = 1\nname = \"x\"\n[operations.login]\npath = \"/login\"\nerror_code = \"/code\"\n\
         success = {{ status = 200, pointer = \"/code\", equals = {equals} }}\n"
    ));
    let login = dialect.request(Operation::Login).unwrap();
    login.judge(200, body.as_bytes())
}

#[test]
fn a_number_and_the_same_number_as_text_are_one_code() {
    let expired = || refused(200, Some(Code::Number(70001)));
    for (equals, body, is) in [
        ("0", r#"{"code":"0"}"#, success(None, None)),
        ("0", r#"{"code":-0}"#, success(None, None)),
        ("0", r#"{"code":0e0}"#, success(None, None)),
        ("0", r#"{"code":0.0}"#, success(None, None)),
        ("\"0\"", r#"{"code":0}"#, success(None, None)),
        ("\"0\"", r#"{"code":0e0}"#, success(None, None)),
        ("\"0000\"", r#"{"code":"0000"}"#, success(None, None)),
        ("0", r#"{"code":"70001"}"#, expired()),
        ("0", r#"{"code":7.0001e4}"#, expired()),
        ("\"0\"", r#"{"code":70001}"#, expired()),
        ("\"0\"", r#"{"code":"70001"}"#, expired()),
        // Nobody writes a number so.
        (
            "0",
            r#"{"code":"0042"}"#,
            refused(200, Some(Code::Name("0042".into()))),
        ),
    ] {
        assert_eq!(judged(equals, body), is, "{equals} {body}");
    }
    let session = shipped("session");
    assert_eq!(
        session.class_of(&Code::from("70001")),
        CodeClass::RenewUserSig
    );
}

#[test]
fn a_table_of_codes_means_a_number_however_it_is_written() {
    let dialect = parsed(&format!(
        "{GATEWAY}{}",
        "also_success = [\"17\"]\nerror_code = \"/code\"\n\
         [push]\nkind = \"websocket\"\npath = \"/e\"\ncloses = [{ code = \"4001\", means = \"kicked\" }]\n\
         events = [{ pointer = \"/kind\", equals = 7, means = \"expired\" }]\n\
         [codes]\nrenew = [\"31\"]\nwait = [{ code = \"32\", for = \"3s\" }]\n"
    ));
    let login = dialect.request(Operation::Login).unwrap();
    for body in [r#"{"code":17}"#, r#"{"code":"17"}"#] {
        assert_eq!(
            login.judge(409, body.as_bytes()),
            success(None, None),
            "{body}"
        );
    }
    assert_eq!(dialect.class_of(&Code::Number(31)), CodeClass::RenewUserSig);
    assert!(dialect.is_throttle(&Code::Number(32)));
    let Some(channel @ Push::WebSocket(push)) = dialect.push() else {
        panic!("no WebSocket")
    };
    let end = trtc_load::session::ChannelEnd::Close(Some(4001));
    assert_eq!(channel.ended(end), Some(Notice::Kicked));
    for text in [r#"{"kind":7}"#, r#"{"kind":"7"}"#] {
        assert_eq!(push.read(text), Notice::Expired, "{text}");
    }
}

#[test]
fn a_refusal_without_a_code_says_what_stood_where_the_code_was_looked_for() {
    let long = format!(r#"{{"code":{{"why":"{}"}}}}"#, "x".repeat(500));
    for (equals, body, said) in [
        ("0", r#"{"code":null}"#, "HTTP 200, /code is null"),
        ("0", r#"{"code":0.5}"#, "HTTP 200, /code is 0.5"),
        ("0", r#"{"code":true}"#, "HTTP 200, /code is true"),
        ("0", r#"{"code":""}"#, "HTTP 200, /code is \"\""),
        ("0", r#"{"code":[1]}"#, "HTTP 200, /code is a list"),
        ("0", &long, "HTTP 200, /code is an object"),
        (
            "0",
            r#"{"code":18446744073709551615}"#,
            "HTTP 200, /code is 18446744073709551615",
        ),
        ("true", r#"{"code":false}"#, "HTTP 200, /code is false"),
    ] {
        let code = Some(Code::Said(said.into()));
        assert_eq!(judged(equals, body), refused(200, code), "{equals} {body}");
    }
    // A text is shown as far as it helps.
    let dialect = parsed(
        "version = 1\nname = \"x\"\n[operations.login]\npath = \"/login\"\n\
         success = { pointer = \"/ok\", equals = \"yes\" }\n",
    );
    let login = dialect.request(Operation::Login).unwrap();
    let body = format!(r#"{{"ok":"{}"}}"#, "n".repeat(500));
    let said = format!("HTTP 200, /ok is \"{}\"..", "n".repeat(40));
    let code = Some(Code::Said(said.into()));
    assert_eq!(login.judge(200, body.as_bytes()), refused(200, code));
}

#[test]
fn a_poll_that_brings_nothing_new_may_be_answered_without_a_body() {
    let poll = |keys: &str| {
        parsed(&format!(
            "{GATEWAY}[push]\nkind = \"long_poll\"\npath = \"/e\"\nlimit = \"30s\"\n\
             answers = [{{ status = 401, means = \"kicked\" }}]\n{keys}\n"
        ))
    };
    let (nothing, again) = ("", Polled::Again(None));
    let not_json = || Polled::Malformed(AnswerFault::NotJson);
    let status = |status| Polled::Refused { status, code: None };
    for (keys, code, body, is) in [
        ("", 204, nothing, again.clone()),
        ("", 200, nothing, again.clone()),
        ("", 200, " \r\n", again.clone()),
        ("", 200, "no", not_json()),
        ("", 304, nothing, status(304)),
        ("", 401, nothing, Polled::Notice(Notice::Kicked)),
        ("nothing_new = [204, 304]", 304, nothing, again.clone()),
        ("nothing_new = [204, 304]", 204, nothing, again.clone()),
        ("nothing_new = [204, 304]", 200, nothing, not_json()),
        ("nothing_new = [204, 408]", 408, "<html>", again.clone()),
        ("nothing_new = [200]", 200, nothing, again.clone()),
        ("nothing_new = [200]", 200, "no", not_json()),
        // What an answer means comes before.
        (
            "nothing_new = [401]",
            401,
            nothing,
            Polled::Notice(Notice::Kicked),
        ),
        ("nothing_new = []", 204, nothing, not_json()),
    ] {
        let dialect = poll(keys);
        let Some(Push::Poll(push)) = dialect.push() else {
            panic!("no poll")
        };
        assert_eq!(push.read(code, body.as_bytes()), is, "{keys} {code} {body}");
    }
}

#[test]
fn a_user_agent_of_the_file_takes_the_place_of_the_runs_own() {
    let dialect = parsed(&format!(
        "{GATEWAY}headers = {{ user-agent = \"TIMSDK/8.1\" }}\n[operations.logout]\npath = \"/logout\"\n"
    ));
    let extra = "User-Agent: trtc-load/1\r\nX-Trtc-Load-Run: 7\r\n";
    for (operation, sent) in [
        (
            Operation::Login,
            "POST /login HTTP/1.1\r\nHost: h\r\nX-Trtc-Load-Run: 7\r\nuser-agent: TIMSDK/8.1\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            Operation::Logout,
            "GET /logout HTTP/1.1\r\nHost: h\r\nUser-Agent: trtc-load/1\r\nX-Trtc-Load-Run: 7\r\n\r\n",
        ),
    ] {
        let mut out = Vec::new();
        let request = dialect.request(operation).unwrap();
        request.render(&VALUES, "h", extra, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), sent);
    }
}

#[test]
fn codes_ask_for_what_their_table_says_and_unknown_ones_are_not_tried_again() {
    let matrix = shipped("matrix");
    let named = |name: &str| Code::Name(name.into());
    assert_eq!(
        matrix.class_of(&named("M_LIMIT_EXCEEDED")),
        CodeClass::Wait(Micros::from_secs(5))
    );
    assert_eq!(matrix.class_of(&named("M_FORBIDDEN")), CodeClass::Fix);
    assert_eq!(matrix.class_of(&named("M_NEVER_SEEN")), CodeClass::Fix);
    assert_eq!(
        shipped("session").class_of(&Code::Number(70001)),
        CodeClass::RenewUserSig
    );
}

#[test]
fn a_code_is_throttled_by_the_table_of_its_own_dialect_and_by_no_other() {
    let (limited, person) = (
        Code::Name("M_LIMIT_EXCEEDED".into()),
        Code::Name("M_UNKNOWN_TOKEN".into()),
    );
    // 70050: UserSig failed too often; 72010: a frequency limit.
    let documented = [Code::Number(70050), Code::Number(72010)];
    let (matrix, session) = (shipped("matrix"), shipped("session"));
    assert!(matrix.is_throttle(&limited));
    assert!(!matrix.is_throttle(&person));
    assert!(!session.is_throttle(&limited));
    for code in documented {
        assert!(session.is_throttle(&code), "{code}");
        assert!(!matrix.is_throttle(&code), "{code}");
    }
}

#[test]
fn a_dialect_says_what_it_can_do() {
    let cannot = |dialect: &Dialect| -> Vec<&str> {
        let not = Operation::ALL.into_iter().filter(|one| !dialect.can(*one));
        not.map(Operation::name).collect()
    };
    // What other services than a login gateway are asked for.
    let elsewhere = [
        "usersig",
        "sign_in",
        "reconnect",
        "status",
        "account_check",
        "register_many",
        "app_info",
        "callback",
        // A push channel's own: see `polls_as`.
        "long_poll",
    ];
    let of_a_gateway = |dialect: &Dialect| -> Vec<&str> {
        let not = cannot(dialect).into_iter();
        not.filter(|name| !elsewhere.contains(name)).collect()
    };
    assert_eq!(of_a_gateway(&shipped("session")), ["register"]);
    // A long poll is not opened.
    assert_eq!(of_a_gateway(&shipped("matrix")), ["push"]);
    let gateway = "register self_info watch in_flight push switch provoke kick_notice logout";
    assert_eq!(of_a_gateway(&parsed(GATEWAY)).join(" "), gateway);
    let issuer = shipped("usersig-server");
    assert_eq!(cannot(&issuer).len(), Operation::ALL.len() - 1);
    assert!(issuer.can(Operation::Usersig));
    assert!(shipped("session").is_provoked_by_login());
    assert!(!shipped("matrix").is_provoked_by_login());
}

proptest! {
    #[test]
    fn no_answer_makes_a_judgement_panic(
        status in any::<u16>(),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300),
            "[{}\\[\\]\":,0-9a-z_/]{0,80}".prop_map(String::into_bytes),
        ],
    ) {
        for (name, _) in SHIPPED {
            let dialect = shipped(name);
            for operation in Operation::ALL {
                if let Some(request) = dialect.request(operation) {
                    let _ = request.judge(status, &body);
                }
            }
            match dialect.push() {
                Some(Push::WebSocket(push)) => {
                    let _ = (push.read(&String::from_utf8_lossy(&body)), push.refusal(&body));
                }
                Some(Push::Poll(push)) => {
                    let _ = push.read(status, &body);
                }
                Some(Push::Events(push)) => {
                    let _ = (push.read("x", &String::from_utf8_lossy(&body)), push.refusal(&body));
                }
                None => {}
            }
        }
    }

    #[test]
    fn whatever_the_values_a_request_is_framed_right_and_its_json_reads_back(
        user_id in any::<String>(), token in any::<String>(), app in any::<u32>(),
    ) {
        let values = Values { sdk_app_id: app, user_id: &user_id, token: &token, ..VALUES };
        let mut out = Vec::new();
        let dialect = shipped("session");
        dialect.request(Operation::Login).unwrap().render(&values, "h", "", &mut out);
        let text = String::from_utf8(std::mem::take(&mut out)).unwrap();
        assert_framed(&text);
        let body: serde_json::Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
        prop_assert_eq!(&body["user_id"], &user_id);
        prop_assert_eq!(&body["sdk_app_id"], app);
        dialect.request(Operation::SelfInfo).unwrap().render(&values, "h", "", &mut out);
        let mut headers = [httparse::EMPTY_HEADER; 8];
        let mut request = httparse::Request::new(&mut headers);
        prop_assert!(request.parse(&out).unwrap().is_complete());
        prop_assert_eq!(request.headers.len(), 2);
    }
}

#[test]
fn a_code_as_text_is_the_code_and_is_noticed_where_a_number_is_documented() {
    use trtc_load::dialect::CodeForm::{AsDocumented, TextForNumber};
    let code = |code| Judged::Refused {
        status: 200,
        code: Some(Code::Number(code)),
    };
    let dialect = shipped("tencent-rest");
    let import = dialect.request(Operation::Register).unwrap();
    for (body, judged, form) in [
        (r#"{"ErrorCode":0}"#, success(None, None), AsDocumented),
        (r#"{"ErrorCode":"0"}"#, success(None, None), TextForNumber),
        (r#"{"ErrorCode":70169}"#, code(70169), AsDocumented),
        (r#"{"ErrorCode":"70169"}"#, code(70169), TextForNumber),
        (r#"{"ErrorCode":"-10114"}"#, code(-10114), TextForNumber),
        // No number in any spelling.
        (
            r#"{"ErrorCode":"0070"}"#,
            Judged::Refused {
                status: 200,
                code: Some(Code::Name("0070".into())),
            },
            AsDocumented,
        ),
    ] {
        assert_eq!(
            import.judge_of_many(200, body.as_bytes(), 0),
            (judged, form),
            "{body}"
        );
    }
    // A homeserver's codes are names.
    let matrix = shipped("matrix");
    let login = matrix.request(Operation::Login).unwrap();
    let (_, form) = login.judge_of_many(403, br#"{"errcode":"M_FORBIDDEN"}"#, 0);
    assert_eq!(form, AsDocumented);
}
