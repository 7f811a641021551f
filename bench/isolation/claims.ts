import { idOf } from './keys.ts'

const [user, session] = [idOf('user'), idOf('session')]

/** The claims of an access token as Supabase's gateway hands them on, about 700 bytes, for a member of a client. */
export function accessClaims(clientId: string): string {
  return JSON.stringify({
    iss: 'https://abcdefghijklmnopqrst.supabase.co/auth/v1',
    sub: user,
    aud: 'authenticated',
    exp: 1_767_225_600,
    iat: 1_767_222_000,
    email: 'member@client.example',
    phone: '',
    app_metadata: {
      provider: 'email',
      providers: ['email'],
      client_id: clientId,
      client_code: 'client',
      client_role: 'member',
      client_permissions: ['read', 'comment'],
    },
    user_metadata: { email: 'member@client.example', email_verified: true, phone_verified: false },
    role: 'authenticated',
    aal: 'aal1',
    amr: [{ method: 'password', timestamp: 1_767_222_000 }],
    session_id: session,
    is_anonymous: false,
  })
}
