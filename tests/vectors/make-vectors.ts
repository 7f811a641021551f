import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { CompactSign, importJWK } from 'jose'
import type { GcmVector, HkdfVector, JwsVector, SignatureVector, Vectors } from './vector.ts'

// Writes vectors.json anew: `node --import tsx tests/vectors/make-vectors.ts`. Keys and edge cases are made here with
// node:crypto and jose, neither of which is the code under test; ECDSA makes other bytes each time.

type Result = 'valid' | 'invalid'
type SecretJwk = { kty: string; kid: string; alg: string; use: string; [name: string]: string }

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** Bytes that are the same each time. */
function bytes(label: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', label, 'vectors of flows-db', '', length))
}

function encode(part: string | Buffer): string {
  return Buffer.from(part as Buffer).toString('base64url')
}

function jwkOf({ privateKey }: { privateKey: KeyObject }, kid: string, alg: string): SecretJwk {
  return {
    ...(privateKey.export({ format: 'jwk' }) as Record<string, string>),
    kid,
    alg,
    use: 'sig',
  } as SecretJwk
}

function publicOf({ d: _, ...jwk }: SecretJwk): SecretJwk {
  return jwk as SecretJwk
}

const hs256: SecretJwk = { kty: 'oct', k: encode(bytes('hs256', 32)), kid: 'mac', alg: 'HS256', use: 'sig' }
const es256 = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ec', 'ES256')
const otherEs256 = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ec-2', 'ES256')
const eddsa = jwkOf(generateKeyPairSync('ed25519'), 'ed', 'EdDSA')

function rawSign(signingInput: string, jwk: SecretJwk): Buffer {
  if (jwk.kty === 'oct') {
    return createHmac('sha256', Buffer.from(jwk.k ?? '', 'base64url'))
      .update(signingInput)
      .digest()
  }
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return jwk.kty === 'OKP'
    ? sign(null, Buffer.from(signingInput), key)
    : sign('sha256', Buffer.from(signingInput), { key, dsaEncoding: 'ieee-p1363' })
}

/** A JWS of any header text and any spelling of its payload, with a signature that is right for it. */
function forge(header: object | string, payload: string, jwk: SecretJwk, spelled = encode(payload)): string {
  const signingInput = `${encode(typeof header === 'string' ? header : JSON.stringify(header))}.${spelled}`
  return `${signingInput}.${encode(rawSign(signingInput, jwk))}`
}

function headerOf({ alg, kid }: SecretJwk): { alg: string; kid: string } {
  return { alg, kid }
}

async function jwsVectors(): Promise<JwsVector[]> {
  const vectors = []
  for (const jwk of [hs256, es256, eddsa]) vectors.push(...(await goodAndBroken(jwk)))
  return [
    ...vectors,
    ...headers(),
    ...spellings(),
    ...keys(),
    ...sets(),
    ...edgesOfEs256(),
    ...fromTheStandards(),
  ]
}

async function goodAndBroken(jwk: SecretJwk): Promise<JwsVector[]> {
  const alg = jwk.alg as JwsVector['alg']
  const key = await importJWK(jwk, alg)
  const byJose = await new CompactSign(Buffer.from('foo')).setProtectedHeader(headerOf(jwk)).sign(key)
  const [header, payload, signature] = byJose.split('.') as [string, string, string]
  const flipped = `${signature.slice(0, 8)}${signature[8] === 'A' ? 'B' : 'A'}${signature.slice(9)}`
  const others = [
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
  ]
  const cases: [string, unknown, Result][] = [
    ['signed by jose', byJose, 'valid'],
    ['an empty payload', forge(headerOf(jwk), '', jwk), 'valid'],
    ['a changed signature', `${header}.${payload}.${flipped}`, 'invalid'],
    ['a changed payload', `${header}.${encode('bar')}.${signature}`, 'invalid'],
    ['a changed header', `${encode(JSON.stringify({ alg, kid: 'x' }))}.${payload}.${signature}`, 'invalid'],
    ...others.map((jws, index): [string, unknown, Result] => [
      `a part is missing (${index + 1})`,
      jws,
      'invalid',
    ]),
    ['an empty part more', `${byJose}.`, 'invalid'],
    ['a part more', `${byJose}.${encode('foo')}`, 'invalid'],
    ['nothing', '', 'invalid'],
    [
      'none instead of the algorithm',
      `${encode(JSON.stringify({ alg: 'none', kid: jwk.kid }))}.${payload}.`,
      'invalid',
    ],
    ['the JSON serialisation', { payload, signatures: [{ protected: header, signature }] }, 'invalid'],
  ]
  return cases.map(([comment, jws, result]) => ({ comment, alg, jwk: publicOf(jwk), jws, result }))
}

function headers(): JwsVector[] {
  const { kid } = hs256
  const pem = createHash('sha256')
    .update(JSON.stringify(publicOf(es256)))
    .digest()
  const confused = { ...hs256, k: encode(pem), kid: 'ec' }
  const cases: [string, string | object, Result][] = [
    ['no kid in the header', { alg: 'HS256' }, 'valid'],
    ['a name that is not known', { alg: 'HS256', kid, 'x-note': 1 }, 'valid'],
    ['blanks in the header', `{ "alg" : "HS256",\n\t"kid":"${kid}" }`, 'valid'],
    ['a name twice', `{"alg":"HS256","kid":"${kid}","alg":"HS256"}`, 'invalid'],
    ['a name twice, spelled differently', `{"alg":"HS256","kid":"${kid}","\\u0061lg":"HS256"}`, 'invalid'],
    ['a name twice, deep', `{"alg":"HS256","kid":"${kid}","x":{"a":1,"a":2}}`, 'invalid'],
    ['the algorithm in other letters', { alg: 'hs256', kid }, 'invalid'],
    ['a longer MAC', { alg: 'HS512', kid }, 'invalid'],
    ['no algorithm', { kid }, 'invalid'],
    ['another kid', { alg: 'HS256', kid: 'other' }, 'invalid'],
    ['a number as kid', { alg: 'HS256', kid: 1 }, 'invalid'],
    ['a list', '["HS256"]', 'invalid'],
    ['a byte order mark', `\uFEFF{"alg":"HS256"}`, 'invalid'],
    ['crit', { alg: 'HS256', kid, crit: ['exp'], exp: 0 }, 'invalid'],
    ['an empty crit', { alg: 'HS256', kid, crit: [] }, 'invalid'],
    ['b64', { alg: 'HS256', kid, b64: false }, 'invalid'],
    ['a key of its own', { alg: 'HS256', kid, jwk: hs256 }, 'invalid'],
    ['the address of a key', { alg: 'HS256', kid, jku: 'https://evil.example/jwks' }, 'invalid'],
  ]
  return [
    ...cases.map(
      ([comment, header, result]): JwsVector => ({
        comment,
        alg: 'HS256',
        jwk: hs256,
        jws: forge(header, 'foo', hs256),
        result,
      }),
    ),
    {
      comment: 'a MAC under what everybody knows of the public key',
      alg: 'ES256',
      jwk: publicOf(es256),
      jws: forge(headerOf(confused), 'foo', confused),
      result: 'invalid',
    },
    {
      comment: 'signed by the key that stands in the header',
      alg: 'ES256',
      jwk: publicOf(es256),
      jws: forge({ alg: 'ES256', kid: 'ec', jwk: publicOf(otherEs256) }, 'foo', otherEs256),
      result: 'invalid',
    },
  ]
}

function spellings(): JwsVector[] {
  const good = forge(headerOf(hs256), 'Test', hs256)
  const [header, payload, signature] = good.split('.') as [string, string, string]
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const sibling = alphabet[alphabet.indexOf(signature.at(-1) ?? '') ^ 1]
  const cases: [string, string][] = [
    ['blanks before the MAC', `${header}.${payload}.    ${signature}`],
    ['a line end after the MAC', `${good}\n`],
    ['padding', `${good}=`],
    ['unused bits in the MAC', `${good.slice(0, -1)}${sibling}`],
    ['a question mark in the MAC', `${header}.${payload}.?${signature}`],
    ['blanks after the header, and signed', respell(`${header}    `, payload)],
    ['blanks before the payload, and signed', respell(header, `    ${payload}`)],
    ['hashes before the payload, and signed', respell(header, `####${payload}`)],
    ['unused bits in the payload, and signed', respell(header, 'AB')],
    ['the other alphabet, and signed', respell(header, '+/+/')],
  ]
  return [
    { comment: 'as it should be', alg: 'HS256', jwk: hs256, jws: good, result: 'valid' },
    ...cases.map(
      ([comment, jws]): JwsVector => ({ comment, alg: 'HS256', jwk: hs256, jws, result: 'invalid' }),
    ),
  ]
}

function respell(header: string, payload: string): string {
  return `${header}.${payload}.${encode(rawSign(`${header}.${payload}`, hs256))}`
}

function keys(): JwsVector[] {
  const signed = { HS256: forge(headerOf(hs256), 'foo', hs256), ES256: forge(headerOf(es256), 'foo', es256) }
  const { alg: _alg, use: _use, kid: _kid, ...bare } = publicOf(es256)
  const short = { ...hs256, k: encode(bytes('short', 31)) }
  const long = { ...hs256, k: encode(bytes('long', 65)) }
  const ec = publicOf(es256)
  const moved = Buffer.from(ec.y ?? '', 'base64url')
  moved[31] = (moved[31] ?? 0) ^ 1
  const cases: [string, keyof typeof signed, object, Result, string?][] = [
    ['no more than the point', 'ES256', bare, 'valid'],
    ['key_ops with verify', 'ES256', { ...bare, key_ops: ['verify'] }, 'valid'],
    ['a private key, of which only the public part counts', 'ES256', es256, 'valid'],
    ['a long secret', 'HS256', long, 'valid', forge(headerOf(long), 'foo', long)],
    ['a secret of 31 bytes', 'HS256', short, 'invalid', forge(headerOf(short), 'foo', short)],
    ['an empty secret', 'HS256', { ...hs256, k: '' }, 'invalid'],
    ['a secret for AES', 'HS256', { ...hs256, alg: 'A256GCM' }, 'invalid'],
    ['a secret with padding', 'HS256', { ...hs256, k: `${hs256.k}=` }, 'invalid'],
    ['for encryption', 'ES256', { ...ec, use: 'enc' }, 'invalid'],
    ['key_ops without verify', 'ES256', { ...bare, key_ops: ['encrypt'] }, 'invalid'],
    ['key_ops that are no list', 'ES256', { ...bare, key_ops: 'verify' }, 'invalid'],
    ['another algorithm', 'ES256', { ...ec, alg: 'ES384' }, 'invalid'],
    ['an algorithm that does not exist', 'ES256', { ...ec, alg: 'ES521' }, 'invalid'],
    ['another curve', 'ES256', { ...ec, crv: 'P-384' }, 'invalid'],
    ['another type', 'ES256', { ...ec, kty: 'RSA' }, 'invalid'],
    ['a point that is not on the curve', 'ES256', { ...ec, y: encode(moved) }, 'invalid'],
    ['a coordinate that is too short', 'ES256', { ...ec, x: ec.x?.slice(0, -4) ?? '' }, 'invalid'],
    ['no key at all', 'ES256', {}, 'invalid'],
  ]
  return cases.map(([comment, alg, jwk, result, jws = signed[alg]]) => ({
    comment: `key: ${comment}`,
    alg,
    jwk: jwk as JwsVector['jwk'],
    jws,
    result,
  }))
}

function sets(): JwsVector[] {
  const second = { ...hs256, k: encode(bytes('second', 32)), kid: 'mac-2' }
  const [ec, ed] = [publicOf(es256), publicOf(eddsa)]
  const byMac = forge(headerOf(hs256), 'foo', hs256)
  const cases: [string, JwsVector['alg'], object[], string, Result][] = [
    ['two secrets', 'HS256', [second, hs256], byMac, 'valid'],
    [
      'two secrets, and the other one signed',
      'HS256',
      [second, hs256],
      forge(headerOf(hs256), 'foo', second),
      'invalid',
    ],
    ['two public keys', 'EdDSA', [ec, ed], forge(headerOf(eddsa), 'foo', eddsa), 'valid'],
    [
      'a key of a kind that is not known beside it',
      'ES256',
      [{ kty: 'X', kid: 'x' }, ec],
      forge(headerOf(es256), 'foo', es256),
      'valid',
    ],
    ['one key and no kid in the header', 'HS256', [hs256], forge({ alg: 'HS256' }, 'foo', hs256), 'valid'],
    [
      'two keys and no kid in the header',
      'HS256',
      [second, hs256],
      forge({ alg: 'HS256' }, 'foo', hs256),
      'invalid',
    ],
    ['a secret among public keys', 'HS256', [hs256, ec], byMac, 'invalid'],
    ['two keys of the same kid', 'HS256', [hs256, { ...second, kid: 'mac' }], byMac, 'invalid'],
    ['no key of this kid', 'HS256', [second], byMac, 'invalid'],
    ['an empty set', 'HS256', [], byMac, 'invalid'],
  ]
  return cases.map(([comment, alg, keys, jws, result]) => ({
    comment: `set: ${comment}`,
    alg,
    jwk: { keys },
    jws,
    result,
  }))
}

function edgesOfEs256(): JwsVector[] {
  const signingInput = `${encode(JSON.stringify(headerOf(es256)))}.${encode('foo')}`
  const good = rawSign(signingInput, es256)
  const [r, s] = [toNumber(good.subarray(0, 32)), toNumber(good.subarray(32))]
  const numbers = [0n, 1n, order - 1n, order]
  const cases: [string, Buffer, Result][] = [
    ['the other s', Buffer.concat([toBytes(r), toBytes(order - s)]), 'valid'],
    ['zeros after it', Buffer.concat([good, Buffer.alloc(2)]), 'invalid'],
    [
      'a zero before each number',
      Buffer.concat([Buffer.alloc(1), toBytes(r), Buffer.alloc(1), toBytes(s)]),
      'invalid',
    ],
    ['cut in half', good.subarray(0, 32), 'invalid'],
    [
      'as DER',
      sign('sha256', Buffer.from(signingInput), createPrivateKey({ key: es256, format: 'jwk' })),
      'invalid',
    ],
    ...numbers.flatMap((one) =>
      numbers.map((other): [string, Buffer, Result] => [
        `r is ${sayNumber(one)}, s is ${sayNumber(other)}`,
        Buffer.concat([toBytes(one), toBytes(other)]),
        'invalid',
      ]),
    ),
  ]
  return cases.map(([comment, signature, result]) => ({
    comment: `ES256: ${comment}`,
    alg: 'ES256',
    jwk: publicOf(es256),
    jws: `${signingInput}.${encode(signature)}`,
    result,
  }))
}

function toNumber(buffer: Buffer): bigint {
  return BigInt(`0x${buffer.toString('hex')}`)
}

function toBytes(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
}

function sayNumber(number: bigint): string {
  return number > 1n ? `n - ${order - number}` : String(number)
}

/** The examples of RFC 7515 (appendices A.1 and A.3) and RFC 8037 (appendix A.4), with their keys. */
function fromTheStandards(): JwsVector[] {
  const claims =
    'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
  return [
    {
      comment: 'RFC 7515, A.1',
      alg: 'HS256',
      jwk: {
        kty: 'oct',
        k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
      },
      jws: `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${claims}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
      result: 'valid',
    },
    {
      comment: 'RFC 7515, A.3',
      alg: 'ES256',
      jwk: {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
      jws: `eyJhbGciOiJFUzI1NiJ9.${claims}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
      result: 'valid',
    },
    {
      comment: 'RFC 8037, A.4',
      alg: 'EdDSA',
      jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
      jws: 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
      result: 'valid',
    },
  ]
}

function signatureVectors(): SignatureVector[] {
  return [hs256, es256, eddsa].flatMap((jwk) =>
    [0, 1, 64, 500].flatMap((length): SignatureVector[] => {
      const msg = bytes(`message ${length}`, Math.max(1, length)).subarray(0, length)
      const signature = rawSignBytes(msg, jwk)
      const changed = Buffer.from(signature)
      changed[0] = (changed[0] ?? 0) ^ 1
      const common = { alg: jwk.alg as SignatureVector['alg'], jwk: publicOf(jwk), msg: msg.toString('hex') }
      const cases: [string, Buffer, Result][] = [
        ['good', signature, 'valid'],
        ['one bit changed', changed, 'invalid'],
        ['one byte short', signature.subarray(0, -1), 'invalid'],
        ['one byte more', Buffer.concat([signature, Buffer.alloc(1)]), 'invalid'],
        ['empty', Buffer.alloc(0), 'invalid'],
      ]
      return cases.map(([comment, sig, result]) => ({ comment, ...common, sig: sig.toString('hex'), result }))
    }),
  )
}

function rawSignBytes(data: Buffer, jwk: SecretJwk): Buffer {
  if (jwk.kty === 'oct')
    return createHmac('sha256', Buffer.from(jwk.k ?? '', 'base64url'))
      .update(data)
      .digest()
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return jwk.kty === 'OKP' ? sign(null, data, key) : sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
}

function gcmVectors(): GcmVector[] {
  return [0, 1, 16, 33].flatMap((length): GcmVector[] => {
    const [key, iv] = [bytes(`key ${length}`, 32), bytes(`iv ${length}`, 12)]
    const [aad, msg] = [
      bytes(`aad ${length}`, 20),
      bytes(`text ${length}`, Math.max(1, length)).subarray(0, length),
    ]
    const sealing = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAAD(aad)
    const ct = Buffer.concat([sealing.update(msg), sealing.final()])
    const tag = sealing.getAuthTag()
    const changed = Buffer.from(tag)
    changed[15] = (changed[15] ?? 0) ^ 0x80
    const vector = { key, iv, aad, msg, ct, tag }
    const cases: [string, Partial<typeof vector>, Result][] = [
      ['good', {}, 'valid'],
      ['a changed tag', { tag: changed }, 'invalid'],
      ['a tag of 12 bytes', { tag: tag.subarray(0, 12) }, 'invalid'],
      ['a tag of 4 bytes', { tag: tag.subarray(0, 4) }, 'invalid'],
      ['bound to something else', { aad: Buffer.alloc(20) }, 'invalid'],
      ['another key', { key: Buffer.alloc(32) }, 'invalid'],
    ]
    return cases.map(([comment, change, result]) => {
      const texts = Object.entries({ ...vector, ...change }).map(([name, value]) => [
        name,
        value.toString('hex'),
      ])
      return { comment, ...Object.fromEntries(texts), result }
    })
  })
}

function hkdfVectors(): HkdfVector[] {
  return [1, 31, 32, 33, 64, 200, 8_160].flatMap((size): HkdfVector[] => {
    const [ikm, salt] = [
      bytes(`ikm ${size}`, 32),
      size % 2 === 0 ? bytes(`salt ${size}`, 16) : Buffer.alloc(0),
    ]
    const info = bytes(`info ${size}`, 30)
    const okm = Buffer.from(hkdfSync('sha256', ikm, salt, info, size))
    const [hexIkm, hexSalt, hexInfo] = [ikm, salt, info].map((part) => part.toString('hex')) as [
      string,
      string,
      string,
    ]
    return [
      {
        comment: 'good',
        ikm: hexIkm,
        salt: hexSalt,
        info: hexInfo,
        size,
        okm: okm.toString('hex'),
        result: 'valid',
      },
    ]
  })
}

const tooLong: HkdfVector = {
  comment: 'too long',
  ikm: '00',
  salt: '',
  info: '',
  size: 8_161,
  okm: '',
  result: 'invalid',
}
const vectors: Vectors = {
  jws: await jwsVectors(),
  signature: signatureVectors(),
  gcm: gcmVectors(),
  hkdf: [...hkdfVectors(), tooLong],
}
writeFileSync(new URL('vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`)
