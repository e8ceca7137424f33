// The same small UserSig server as server.py, on the official npm package tls-sig-api-v2.
//
// node server.mjs FOLDER [--port N] [--delay-ms N] [--faults]: FOLDER is where npm has installed the package.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, ...given] = process.argv.slice(2);
const value = (name, usual) => (given.includes(name) ? Number(given[given.indexOf(name) + 1]) : usual);
const port = value('--port', 0);
const delay = value('--delay-ms', 0);
const faults = given.includes('--faults');

const { Api } = createRequire(join(folder, 'package.json'))('tls-sig-api-v2');
const key = process.env.TRTC_LOAD_KEY;
const DAY = 86400;
const KINDS = { 1: 'expired', 3: 'other_user', 5: 'other_app', 7: 'bad_signature', 9: 'not_one' };
const counts = { requests: 0, right: 0 };
for (const kind of Object.values(KINDS)) counts[kind] = 0;

const sign = (app, secret, user) => new Api(app, secret).genUserSig(user, DAY);

function issue(app, user) {
  counts.requests += 1;
  const kind = (faults && KINDS[counts.requests % 10]) || 'right';
  counts[kind] += 1;
  switch (kind) {
    case 'expired': {
      // The package reads the clock by itself: two days ago, a UserSig for a day was right.
      const now = Date.now;
      Date.now = () => now() - 2 * DAY * 1000;
      try {
        return sign(app, key, user);
      } finally {
        Date.now = now;
      }
    }
    case 'other_user':
      return sign(app, key, `${user}x`);
    case 'other_app':
      return sign(app + 1, key, user);
    case 'bad_signature':
      return sign(app, [...key].reverse().join(''), user);
    case 'not_one':
      return 'no-user-sig';
    default:
      return sign(app, key, user);
  }
}

function answer(response, document) {
  const body = JSON.stringify(document);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

const server = createServer((request, response) => {
  if (request.method === 'GET') return answer(response, counts);
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    const asked = JSON.parse(body);
    setTimeout(() => answer(response, { code: 0, data: { userSig: issue(asked.sdkAppId, asked.userId) } }), delay);
  });
});
server.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on('end', () => process.exit(0));
