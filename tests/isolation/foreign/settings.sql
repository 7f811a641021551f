-- A server of one's own that tells the tenant by a setting; keys are numbers, and nobody comes through an API.
create schema shop;
create role shop_server login;
grant usage on schema shop to shop_server;
create table shop.tenants (id bigint generated always as identity primary key, name text not null);
create table shop.orders (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references shop.tenants (id),
  customer text not null,
  cents integer not null check (cents > 0),
  placed_at timestamptz not null default now()
);
alter table shop.tenants enable row level security, force row level security;
alter table shop.orders enable row level security, force row level security;
grant select on shop.tenants to shop_server;
grant select, insert, update (customer, cents), delete on shop.orders to shop_server;
create policy tenants_own on shop.tenants
  using (id = nullif(current_setting('shop.tenant_id', true), '')::bigint);
create policy orders_own on shop.orders
  using (tenant_id = nullif(current_setting('shop.tenant_id', true), '')::bigint);
