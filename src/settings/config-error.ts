// What the owner of the machine is told about a setting that can't be used.

/** Its message is a sentence that names the setting and says how to mend it. */
export class ConfigError extends Error {}
