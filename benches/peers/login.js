// The same login over and over: closed (every user as fast as it can), or a constant rate of arrivals.
import http from "k6/http";
import { check } from "k6";

const users = Number(__ENV.USERS);
const closed = { executor: "constant-vus", vus: users, duration: __ENV.DURATION, gracefulStop: "0s" };
const open = {
  executor: "constant-arrival-rate",
  rate: Number(__ENV.RATE),
  timeUnit: "1s",
  duration: __ENV.DURATION,
  preAllocatedVUs: users,
  maxVUs: users,
};

export const options = {
  scenarios: { login: __ENV.RATE ? open : closed },
  summaryTrendStats: ["med", "p(90)", "p(99)"],
};

const headers = { "Content-Type": "application/json", "X-User": __ENV.LOGIN_USER };

export default function () {
  const answer = http.post(`${__ENV.TARGET}/v1/login`, __ENV.LOGIN_BODY, { headers });
  check(answer, { "logged in": (got) => got.status === 200 });
}
