export function manual(_resources: unknown, _url: string): string {
  return 'todo\n'
}
