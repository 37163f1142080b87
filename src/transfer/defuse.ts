// CSV is opened in spreadsheets, which run cells that begin like a formula. An apostrophe before such a cell makes it
// text; reading our own CSV takes it away again, and both together change no value.

const DANGEROUS = /^'*[=+\-@\t\r\n＝＋－＠]/
const DEFUSED = /^''*[=+\-@\t\r\n＝＋－＠]/

export function defused(cell: string): string {
  return DANGEROUS.test(cell) ? `'${cell}` : cell
}

export function undefused(cell: string): string {
  return DEFUSED.test(cell) ? cell.slice(1) : cell
}
