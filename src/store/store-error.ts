// Why a database can't be opened, as a sentence for the owner of the machine.

export class StoreError extends Error {}
