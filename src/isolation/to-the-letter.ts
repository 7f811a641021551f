/** A name as it stands in a regular expression that is to match it to the letter. */
export function toTheLetter(name: string): string {
  return name.replace(/\W/g, '\\$&')
}
