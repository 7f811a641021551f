const token = /\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,4}/g
const password = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi
const address = /[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu

/** Takes tokens, passwords in addresses and e-mail addresses out of a text that goes to a terminal or a log. */
export function redact(text: string): string {
  return text.replace(token, '[token]').replace(password, '$1:[password]@').replace(address, '[address]')
}
