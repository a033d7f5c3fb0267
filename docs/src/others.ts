/** Words that stand as `code` on pages for users and are not names of ours, by whose they are. */
const BY_OWNER: Readonly<Record<string, string>> = {
  'packages by their names': 'compression ioredis msgpackr',
  'pnpm, its settings': 'allowBuilds',
  'Redis, its settings': 'everysec maxmemory',
  'ioredis and Node, for a connection':
    'options.redisOptions rejectUnauthorized sentinelPassword sentinelTLS sentinelUsername tls',
  'fields and directives of HTTP': 'Age Expires Forwarded Host Location Origin Vary private',
  'Express, Fastify, Hono, Koa': 'app.responses ctx.res ip next onError onSend querystringParser',
  PostgreSQL: 'statement_timeout',
  BentoCache:
    'FactoryError ctx.fail ctx.gracedEntry ctx.setOptions ctx.setTags defaultValue deleteByTag factory forceFresh getOrSetForever graceBackoff l2CircuitBreakerDuration lockTimeout pull retryQueue serializer setForever skipBusNotify skipL2Write suppressL2Errors',
  'cache-manager': 'del isCacheable mdel mget mset nonBlocking refreshThreshold stores',
  'node-cache': 'checkperiod flushAll getStats getTtl stdTTL take useClones',
  'other runtimes': 'Bun.serve Deno.serve',
  NestJS: 'Inject Sse forRootAsync imports inject useFactory',
  'prom-client and OpenTelemetry':
    'Meter Registry Tracer db.client.operation.duration db.operation.name db.system.name',
  'parameters and answers of the management API': 'prefix tag unfinished',
  'labels of what is measured, and their values': 'invalidation_lag sent',
  'parts of JavaScript values': 'NaN cause __proto_',
  'lines of the log begin with it': 'L2',
  'prom-client, its own':
    'collectDefaultMetrics nodejs_eventloop_lag_seconds nodejs_gc_duration_seconds register.metrics',
  'Redis, fields and settings of the one that is run':
    'appendfsync appendonly noeviction save used_memory',
  'the namespace of the samples': 'shop',
  'ioredis, who connects': 'keepAlive password username',
  'names that an example or a sentence gives': 'ProductsController.list _ localhost prod staging x',
}

export const OTHERS: ReadonlySet<string> = new Set(
  Object.values(BY_OWNER).flatMap((words) => words.split(' ')),
)
