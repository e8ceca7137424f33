-- The same login over and over: the request is built once, when the thread starts.
wrk.method = "POST"
wrk.path = "/v1/login"
wrk.body = os.getenv("LOGIN_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-User"] = os.getenv("LOGIN_USER")
