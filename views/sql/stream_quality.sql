SELECT * FROM {{table source}}
