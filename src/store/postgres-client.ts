// A connection to PostgreSQL that is gone where it could not be made.

import pg from 'pg'

/**
 * pg leaves the socket open where it gives up by itself, as without a password that the server asks for: the process then
 * does not end before the server cuts the connection.
 */
export class EndingClient extends pg.Client {
  constructor(settings?: string | pg.ClientConfig) {
    super(settings)
    this.connection.on('error', () => this.connection.stream.destroy())
  }
}
