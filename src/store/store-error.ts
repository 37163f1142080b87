// Why a database can't be opened, as a sentence for the owner of the machine.

export class StoreError extends Error {
  /** For the doctor, where it can say more than the sentence does. */
  readonly todo: string | undefined

  constructor(message: string, todo?: string) {
    super(message)
    this.todo = todo
  }
}
