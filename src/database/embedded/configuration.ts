/** What differs from server to server in its postgresql.conf. */
export type Configuration = {
  port: number
  socketFolder: string | undefined
  statistics: boolean
  /** The server's major version. */
  major: number
}

/** The first line of our postgresql.conf, by which a data folder is known as ours. */
export const signature = '# Written by flows-db at every start. Settings of your own: alter system set ...'

const quickPasswords = `# passwords are random: stretching them would only slow every connection down
scram_iterations = 64
`

/** The text of postgresql.conf: loopback only, little memory, and a log that holds no statement and no row's value. */
export function serverConfiguration({ port, socketFolder, statistics, major }: Configuration): string {
  return `${signature}
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${socketFolder === undefined ? '' : listItem(socketFolder)}'
unix_socket_permissions = 0700
max_connections = 100
password_encryption = 'scram-sha-256'
${major >= 16 ? quickPasswords : ''}
shared_buffers = '64MB'
maintenance_work_mem = '64MB'
huge_pages = off
jit = off
shared_preload_libraries = '${statistics ? 'pg_stat_statements' : ''}'
${statistics ? 'pg_stat_statements.track_utility = off\n' : ''}
fsync = on
wal_level = replica
max_wal_size = '512MB'

datestyle = 'iso, mdy'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'

# the log tells how the server fares, never what is in it: an error's text may quote a value,
# its detail a row, and a crash report the statement
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_min_duration_statement = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_autovacuum_min_duration = -1
log_line_prefix = '%m [%p] '
`
}

/** A folder as an item of a list setting, whose items double quotes protect (it may hold a comma or a space). */
function listItem(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`.replaceAll('\\', '\\\\').replaceAll("'", "''")
}

/** The text of pg_hba.conf: a password for everyone, from this machine only. */
export function accessConfiguration(withSocket: boolean): string {
  const loopback = 'host all all 127.0.0.1/32 scram-sha-256\n'
  return withSocket ? `local all all scram-sha-256\n${loopback}` : loopback
}
