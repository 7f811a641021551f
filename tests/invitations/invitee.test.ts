import { expect, test } from 'vitest'
import { checkInvitee } from '../../src/invitations/invitee.ts'

test.each([
  'ada@acme.example',
  'ada.lovelace+invited@sub.acme.example',
  "o'hara@acme.example",
  'ADA@Acme.Example',
  'jürgen@müller.example',
  'ada@xn--mller-kva.example',
  '用户@例子.公司',
])('the address %s is taken as it is', (companyEmail) => {
  expect(checkInvitee({ companyEmail })).toEqual({ companyEmail })
})

test.each([
  '',
  'ada',
  'ada@',
  '@acme.example',
  'ada@acme',
  'ada@@acme.example',
  'ada@acme..example',
  'ada@-acme.example',
  '.ada@acme.example',
  'ada.@acme.example',
  'a da@acme.example',
  'ada@acme.example, eve@evil.example',
  'ada@acme.example\nBcc: eve@evil.example',
  'Ada <ada@acme.example>',
  'ada\u200B@acme.example',
  'ada\u202E@acme.example',
  'ada@acme\u0000.example',
  `${'a'.repeat(65)}@acme.example`,
  `ada@${'a.'.repeat(130)}example`,
])('the address %j is refused without being repeated', (address) => {
  for (const [field, which] of [
    ['companyEmail', 'company'],
    ['privateEmail', 'private'],
  ] as const) {
    expect(() => checkInvitee({ [field]: address })).toThrow(
      expect.objectContaining({
        code: 'INVITATION_INVITEE_INVALID',
        message: `The ${which} address is not an e-mail address`,
      }),
    )
  }
})

test.each(['Ada Lovelace', 'Ngô Đình', 'محمد علی', "Conan O'Brien", 'X Æ A-12', '李小龙'])(
  '%s is a name',
  (fullName) => {
    expect(checkInvitee({ fullName: ` ${fullName} ` })).toEqual({ fullName })
  },
)

test.each(['', '   ', 'Ada\nLovelace', 'Ada\u0000', 'Ada\u202Eecalevol', 'x'.repeat(201)])(
  '%j is no name',
  (fullName) => {
    expect(() => checkInvitee({ fullName })).toThrow(
      expect.objectContaining({
        code: 'INVITATION_INVITEE_INVALID',
        message: 'The full name must have 1 to 200 printable characters',
      }),
    )
  },
)
