"""Personal data: what is processed, how long it is kept, and what is done of it afterwards.

`registre` and `retention` are declarative tables that the page, the commands and `docs/rgpd.md`
read; `echus` finds what has reached its term, `effacement` erases it, `purge` goes through all;
`personne` gathers what is held on somebody; `fin_de_mandat` what is destroyed with a mandate.
"""
