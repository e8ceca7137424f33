// Signs anew, with the official npm package tls-sig-api-v2, what UserSigs on their way were signed for, and compares.
//
// node check.mjs FOLDER: FOLDER is where npm has installed the package, the key is in TRTC_LOAD_KEY. In: a query string
// such as sdkappid=1&identifier=a&usersig=... a line. Out: what its UserSig says and whether the package makes the same.

import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

const { Api } = createRequire(join(process.argv[2], 'package.json'))('tls-sig-api-v2');

const ESCAPED = { '*': '+', '-': '/', _: '=' };
const decoded = (sig) =>
  JSON.parse(inflateSync(Buffer.from(sig.replace(/[*_-]/g, (c) => ESCAPED[c]), 'base64')).toString());

/** What the package signs in a second that is over. */
function signed(app, identifier, { time, expire }) {
  const now = Date.now;
  Date.now = () => time * 1000;
  try {
    return decoded(new Api(app, process.env.TRTC_LOAD_KEY).genUserSig(identifier, expire));
  } finally {
    Date.now = now;
  }
}

for await (const query of createInterface({ input: process.stdin })) {
  const said = new URLSearchParams(query);
  const theirs = decoded(said.get('usersig'));
  const span = { time: theirs['TLS.time'], expire: theirs['TLS.expire'] };
  const ours = signed(Number(said.get('sdkappid')), said.get('identifier'), span);
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  console.log(JSON.stringify({ ...span, right: names.every((name) => ours[name] === theirs[name]) }));
}
