SELECT * FROM (VALUES
  {{buildings}}
) AS buildings (
  first_address, last_address, prefix_length, network_ip, network_name, building_name, ownership_type, building_type, office_type,
  city, zip_code, country, state, region, inside_corp, express_route, vpn
)
WHERE first_address <= last_address
