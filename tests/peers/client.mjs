// A client of the bot made of Tencent's own library: it checks the address, signs in, and reads
// the answer, as the platform does. Standard input: the ways in as JSON. Exit code 1: a mismatch.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decrypt, encrypt, getSignature } from '@wecom/crypto';

const SIGNED_IN = /^✓ 张三，\d+月支部党员大会已签到（\d\d:\d\d）。打错了回复 撤销$/u;

let mismatches = 0;

function check(what, fine, seen) {
  if (!fine) mismatches += 1;
  console.log(`${fine ? '✓' : '✗'} ${what}${fine ? '' : `：${JSON.stringify(seen)}`}`);
}

const now = () => String(Math.floor(Date.now() / 1000));
const number = () => String(BigInt(`0x${randomBytes(7).toString('hex')}`));
const field = (xml, name) =>
  new RegExp(`<${name}>(?:<!\\[CDATA\\[(.*?)\\]\\]>|(.*?))</${name}>`, 's').exec(xml)
    ?.slice(1)
    .find((text) => text !== undefined);

/** The parameters of a request whose encrypted part is `sealed`. */
function stamped(way, sealed, nonce = number(), timestamp = now()) {
  const query = { timestamp, nonce };
  if (way.kind === 'oa-safe') {
    query.signature = getSignature(way.token, timestamp, nonce, '');
    query.encrypt_type = 'aes';
    query.openid = way.user;
  }
  query.msg_signature = getSignature(way.token, timestamp, nonce, sealed);
  return query;
}

/** The GET with which the platform checks an address; the Official Account's is in the clear. */
async function verify(way, spoil = (query) => query) {
  const echo = number();
  const clear = way.kind === 'oa-safe';
  const sealed = clear ? echo : encrypt(way.aesKey, echo, way.receiveId);
  const query = { ...stamped(way, sealed), echostr: sealed };
  if (clear) delete query.msg_signature;
  const answer = await fetch(`${way.url}?${new URLSearchParams(spoil(query))}`);
  return { status: answer.status, body: await answer.text(), echo };
}

function message(way, id, text) {
  if (way.kind === 'aibot') {
    return JSON.stringify({
      msgid: id,
      aibotid: 'bot1',
      chattype: 'single',
      from: { userid: way.user },
      msgtype: 'text',
      text: { content: text },
    });
  }
  const agent = way.kind === 'work' ? `<AgentID>${way.agentId}</AgentID>` : '';
  return (
    `<xml><ToUserName><![CDATA[${way.account}]]></ToUserName>` +
    `<FromUserName><![CDATA[${way.user}]]></FromUserName><CreateTime>${now()}</CreateTime>` +
    `<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content>` +
    `<MsgId>${id}</MsgId>${agent}</xml>`
  );
}

/** The POST with which the platform brings a message; returns what is inside the answer. */
async function say(way, id, text) {
  const sealed = encrypt(way.aesKey, message(way, id, text), way.receiveId);
  const query = stamped(way, sealed);
  const body =
    way.kind === 'aibot'
      ? JSON.stringify({ encrypt: sealed })
      : `<xml><ToUserName><![CDATA[${way.account}]]></ToUserName>` +
        `<Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`;
  const answer = await fetch(`${way.url}?${new URLSearchParams(query)}`, { method: 'POST', body });
  const raw = await answer.text();
  if (answer.status !== 200 || raw === '' || raw === 'success') {
    throw new Error(`status ${answer.status}, ${raw.length} bytes`);
  }
  return way.kind === 'aibot' ? openJson(way, raw, query.nonce) : openXml(way, raw);
}

function openJson(way, raw, nonce) {
  const { encrypt: sealed, msgsignature, timestamp, nonce: echoed } = JSON.parse(raw);
  const { message: inner, id } = decrypt(way.aesKey, sealed);
  const { msgtype, stream } = JSON.parse(inner);
  return {
    signed: msgsignature === getSignature(way.token, String(timestamp), echoed, sealed),
    addressed: echoed === nonce && msgtype === 'stream' && stream.finish === true && !!stream.id,
    id,
    text: stream.content,
  };
}

function openXml(way, raw) {
  const sealed = field(raw, 'Encrypt');
  const stamp = field(raw, 'TimeStamp');
  const { message: inner, id } = decrypt(way.aesKey, sealed);
  return {
    signed: field(raw, 'MsgSignature') === getSignature(way.token, stamp, field(raw, 'Nonce'), sealed),
    addressed: field(inner, 'ToUserName') === way.user && field(inner, 'FromUserName') === way.account,
    id,
    text: field(inner, 'Content'),
  };
}

for (const way of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const good = await verify(way);
    check(`${way.name} 网址验证`, good.status === 200 && good.body === good.echo, good);
    const bad = await verify(way, (query) => ({ ...query, nonce: '1' }));
    check(`${way.name} 签名不对就拒绝`, bad.status >= 400 && bad.status < 500 && !bad.body, bad);
    const id = number();
    const first = await say(way, id, '签到');
    check(`${way.name} 回复的签名`, first.signed, first);
    check(`${way.name} 回复的收件人`, first.addressed, first);
    check(`${way.name} 回复里的接收方`, first.id === way.receiveId, first);
    check(`${way.name} 签到：${first.text}`, SIGNED_IN.test(first.text), first);
    const again = await say(way, id, '签到');
    check(`${way.name} 重发得到同一句`, again.text === first.text, again);
    const long = await say(way, number(), `帮助${'　'.repeat(997)}`);
    check(`${way.name} 长消息`, long.signed && long.text.length > 0, long);
  } catch (error) {
    check(`${way.name}`, false, String(error));
  }
}
process.exit(mismatches === 0 ? 0 : 1);
