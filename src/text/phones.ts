// Telephone numbers, which are kept as they were typed.

/** Its digits alone, by which it is found however it was typed. */
export function digitsOf(phone: string): string {
  return phone.replace(/\D/g, '')
}

/** A number in a query string: none begins with a space, so that one was a plus sign before. */
export function askPhone(text: string): { value: string } {
  return { value: text.replace(/^ (?=\d)/, '+') }
}
