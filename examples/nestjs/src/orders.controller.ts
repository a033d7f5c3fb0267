import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  ParseIntPipe,
  Patch,
} from '@nestjs/common'
import { type AnyRequest, CacheTTL, CacheTags, Cached } from '@tiercel/nestjs'
import { type Order, Orders, tagOf } from './orders.js'

/** The customer that a request asks of. */
function customerOf({ params }: AnyRequest): string {
  return (params as { customer: string }).customer
}

@Controller()
export class OrdersController {
  @Inject(Orders) readonly orders!: Orders

  /** With a tag for each customer: a change of one order drops nobody else's responses. */
  @Get('customers/:customer/orders')
  @CacheTTL('5m')
  @CacheTags((request) => [tagOf(customerOf(request))])
  list(@Param('customer') customer: string): Order[] {
    return this.orders.of(customer)
  }

  /** Not cached, whatever holds for others: it is what it is now. */
  @Get('health')
  @Cached(false)
  health(): object {
    return { ok: true, at: Date.now() }
  }

  @Patch('orders/:id')
  @HttpCode(204)
  async change(
    @Param('id', ParseIntPipe) id: number,
    @Body() body: { state: string },
  ): Promise<void> {
    if (!(await this.orders.setState(id, String(body.state)))) throw new NotFoundException()
  }
}
