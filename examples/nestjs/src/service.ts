/** One instance of the service. As many may run as you like, on one Redis and one database. */
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.js'

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
// SIGTERM: what was asked is answered, then providers are told, and the process ends well.
app.enableShutdownHooks([], { useProcessExit: true })
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1')
console.log(`listening on ${await app.getUrl()}`)
