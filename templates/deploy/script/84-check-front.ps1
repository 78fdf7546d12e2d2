
# ---- Check: what stands in front ----------------------------------------------------------------------------------------------

# Another site with the same binding keeps the gateway's from starting.
function Test-SiteBinding {
    $Iis = $Run.Release.proxy.iis
    $Tool = Resolve-Tool "$env:SystemRoot\System32\inetsrv" 'appcmd.exe'
    if (-not $Iis -or -not (Get-Command -Name $Tool -ErrorAction SilentlyContinue)) { return }
    $Others = @((Invoke-Native $Tool @('list', 'site') -Expect 0, 1).Output -split '\r?\n' | Where-Object { $_ -match "http/\*:$($Iis.port):[,)]" })
    $Others = @($Others | ForEach-Object { [regex]::Match($_, '"(.*)"').Groups[1].Value } | Where-Object { $_ -ne $Iis.site })
    if ($Others.Count -eq 0) { Add-Finding 'ok' 'site' "no other site is bound to port $($Iis.port)" }
    foreach ($Other in $Others) { Add-Finding 'problem' 'site' "port $($Iis.port) is bound to the site ``$Other``" "appcmd.exe delete site ""$Other""   or give [deploy.iis] another port" }
}

# nginx on this server: there, running, a service, and reading our file.
function Test-Nginx {
    $Nginx = $Run.Release.proxy.nginx
    if (-not $Nginx -or -not $Nginx.directory) { return }
    $Folder = $Nginx.directory
    if (-not (Test-Path -LiteralPath (Join-Path $Folder 'nginx.exe'))) {
        Add-Finding 'problem' 'nginx' "no nginx.exe in $Folder" 'unpack nginx there, or name its folder in [deploy.nginx] directory'
        return
    }
    $Name = "$($Run.Release.product.name).conf"
    $Conf = Join-Path $Folder 'conf\nginx.conf'
    $Text = if (Test-Path -LiteralPath $Conf) { "$(Get-Content -LiteralPath $Conf -Raw)" } else { '' }
    $Masks = @([regex]::Matches($Text, '(?m)^\s*include\s+"?([^;"#]+)"?\s*;') | ForEach-Object { ($_.Groups[1].Value -split '[\\/]')[-1].Trim() })
    if (@($Masks | Where-Object { $Name -like $_ }).Count -gt 0) { Add-Finding 'ok' 'nginx.conf' "includes $Name" }
    else { Add-Finding 'warning' 'nginx.conf' "does not include $Name" "add to the http block of ${Conf}: include $Name;" }
    $Master = Get-NginxMaster $Run.Release
    if (-not $Master) { Add-Finding 'problem' 'nginx' 'does not run, so that it cannot be reloaded' 'start its service' }
    elseif ($Master.Service) { Add-Finding 'ok' 'nginx' "runs as the service $($Master.Service), account $($Master.Account)" }
    else { Add-Finding 'warning' 'nginx' "process $($Master.ProcessId) runs as no service: it ends with its session, and does not start with Windows" 'make nginx a service, for example with WinSW or NSSM' }
}
