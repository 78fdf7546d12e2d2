
# -- IIS with Application Request Routing --

# appcmd.exe; 183: it is there already, 4312 and 50: it is gone already.
function Invoke-Appcmd {
    param([string[]] $Arguments, [int[]] $Expect = @(0))
    return Invoke-Native (Resolve-Tool "$env:SystemRoot\System32\inetsrv" 'appcmd.exe') $Arguments -Expect $Expect
}

function Get-FarmUnit {
    param([object] $Release, [object] $Farm)
    return @(Get-Instance $Release | Where-Object { $_.Service.name -eq $Farm.service })
}

# Everything in front, as calls of appcmd: pool and site, proxy, farms with servers, rules.
function Get-IisCall {
    param([object] $Release)
    $Iis = $Release.proxy.iis
    $Root = "$env:SystemDrive\inetpub\$($Iis.site)"
    , @('add', 'apppool', "/name:$($Iis.site)")
    , @('set', 'apppool', $Iis.site, '/autoStart:true', '/startMode:AlwaysRunning', '/managedRuntimeVersion:', '/processModel.idleTimeout:00:00:00', '/recycling.periodicRestart.time:00:00:00')
    , @('add', 'site', "/name:$($Iis.site)", "/bindings:http/*:$($Iis.port):", "/physicalPath:$Root")
    , @('set', 'app', "$($Iis.site)/", "/applicationPool:$($Iis.site)")
    , @('set', 'config', '/section:system.webServer/proxy', '/enabled:true', '/commit:apphost')
    , @('set', 'config', '/section:system.webServer/rewrite/allowedServerVariables', "/+[name='HTTP_X_FORWARDED_PROTO']", '/commit:apphost')
    foreach ($Farm in Get-Farm $Release) { Get-IisFarmCall $Release $Farm }
    # The redirect to https first: the first rule that matches wins.
    if ($Iis.tls) { Get-IisTlsCall $Release }
    foreach ($Route in $Release.proxy.routes) { Get-IisRuleCall $Release $Route }
}

function ConvertTo-TimeSpan {
    param([int] $Seconds)
    return [TimeSpan]::FromSeconds($Seconds).ToString('hh\:mm\:ss')
}

function Get-IisFarmCall {
    param([object] $Release, [object] $Farm)
    $Section = '/section:webFarms'
    $Name = "[name='$($Farm.farm)']"
    , @('set', 'config', $Section, "/+[name='$($Farm.farm)',enabled='true']", '/commit:apphost')
    foreach ($Unit in Get-FarmUnit $Release $Farm) {
        $Server = "[address='$($Unit.Instance.host_alias)']"
        $Port = ($Unit.Instance.ports | Where-Object { $_.name -eq $Farm.port }).port
        , @('set', 'config', $Section, "/+$Name.[address='$($Unit.Instance.host_alias)',enabled='false']", '/commit:apphost')
        , @('set', 'config', $Section, "/$Name.$Server.applicationRequestRouting.httpPort:$Port", '/commit:apphost')
    }
    $Service = Get-ServiceModel $Release $Farm.service
    if ($Service.health -and $Service.health.http_path -and $Service.health.port -eq $Farm.port) {
        , @('set', 'config', $Section, "/$Name.applicationRequestRouting.healthCheck.url:http://$($Farm.farm)$($Service.health.http_path)",
            "/$Name.applicationRequestRouting.healthCheck.interval:00:00:05", "/$Name.applicationRequestRouting.healthCheck.timeout:00:00:05",
            "/$Name.applicationRequestRouting.healthCheck.statusCodeMatch:200", '/commit:apphost')
    }
    # Requests through a farm follow its own protocol element, not system.webServer/proxy. No buffer: server-sent events must pass.
    $Iis = $Release.proxy.iis
    $Protocol = "/$Name.applicationRequestRouting.protocol"
    , @('set', 'config', $Section, "$Protocol.timeout:$(ConvertTo-TimeSpan $Iis.timeout_seconds)",
        "$Protocol.preserveHostHeader:$("$($Iis.preserve_host_header)".ToLowerInvariant())",
        "$Protocol.reverseRewriteHostInResponseHeaders:$("$($Iis.reverse_rewrite_host)".ToLowerInvariant())",
        "$Protocol.includePortInXForwardedFor:false", "$Protocol.minResponseBuffer:0", "$Protocol.responseBufferLimit:0",
        "$Protocol.cache.enabled:false", '/commit:apphost')
}

# Global rules see the requests of every site of the server: the ports, and with TLS the host, that tell those of this site.
function Get-IisSitePattern {
    param([object] $Iis)
    if (-not $Iis.tls) { return "^$($Iis.port):" }
    return "^($($Iis.port):|$($Iis.tls.port):$([regex]::Escape($Iis.tls.host))(:\d+)?$)"
}

function Get-IisRuleName {
    param([object] $Release, [object] $Route)
    return "$($Release.product.name) $($Route.host)$($Route.prefix)"
}

function Get-IisRuleCall {
    param([object] $Release, [object] $Route)
    $Section = '/section:system.webServer/rewrite/globalRules'
    $Name = "[name='$(Get-IisRuleName $Release $Route)']"
    $Pattern = '^' + [regex]::Escape($Route.prefix.TrimStart('/')) + '.*'
    $Scheme = if ($Release.proxy.iis.tls) { 'https' } else { 'http' }
    , @('set', 'config', $Section, "/+[name='$(Get-IisRuleName $Release $Route)',patternSyntax='ECMAScript',stopProcessing='true']", '/commit:apphost')
    , @('set', 'config', $Section, "/$Name.match.url:$Pattern", "/$Name.action.type:Rewrite", "/$Name.action.url:http://$($Route.farm)/{R:0}", '/commit:apphost')
    , @('set', 'config', $Section, "/+$Name.serverVariables.[name='HTTP_X_FORWARDED_PROTO',value='$Scheme']", '/commit:apphost')
    , @('set', 'config', $Section, "/+$Name.conditions.[input='{SERVER_PORT}:{HTTP_HOST}',pattern='$(Get-IisSitePattern $Release.proxy.iis)']", '/commit:apphost')
    if ($Route.host) {
        , @('set', 'config', $Section, "/+$Name.conditions.[input='{HTTP_HOST}',pattern='^$([regex]::Escape($Route.host))(:\d+)?$']", '/commit:apphost')
    }
}

function Get-IisTlsCall {
    param([object] $Release)
    $Iis = $Release.proxy.iis
    , @('set', 'site', $Iis.site, "/+bindings.[protocol='https',bindingInformation='*:$($Iis.tls.port):$($Iis.tls.host)',sslFlags='1']")
    if (-not $Iis.tls.redirect) { return }
    $Section = '/section:system.webServer/rewrite/globalRules'
    $Rule = "$($Release.product.name) to https"
    $Target = if ($Iis.tls.port -eq 443) { $Iis.tls.host } else { "$($Iis.tls.host):$($Iis.tls.port)" }
    , @('set', 'config', $Section, "/+[name='$Rule',patternSyntax='ECMAScript',stopProcessing='true']", '/commit:apphost')
    , @('set', 'config', $Section, "/[name='$Rule'].match.url:(.*)", "/[name='$Rule'].action.type:Redirect", "/[name='$Rule'].action.url:https://$Target/{R:1}",
        "/[name='$Rule'].action.redirectType:Permanent", '/commit:apphost')
    , @('set', 'config', $Section, "/+[name='$Rule'].conditions.[input='{HTTPS}',pattern='^OFF$']", '/commit:apphost')
    , @('set', 'config', $Section, "/+[name='$Rule'].conditions.[input='{SERVER_PORT}',pattern='^$($Iis.port)$']", '/commit:apphost')
}

# ARR's settings for the whole server, which other farms may share: as they are, to be put back at the end.
function Get-IisState {
    $Proxy = ([xml](Invoke-Appcmd @('list', 'config', '/section:system.webServer/proxy', '/config:*')).Output).SelectSingleNode('//proxy')
    $Enabled = if ($Proxy) { $Proxy.GetAttribute('enabled') } else { '' }
    $Allowed = (Invoke-Appcmd @('list', 'config', '/section:system.webServer/rewrite/allowedServerVariables', '/config:*')).Output
    return [pscustomobject]@{ proxy_enabled = $Enabled; forwarded_protocol = $Allowed -match 'HTTP_X_FORWARDED_PROTO' }
}

function Restore-IisState {
    param([object] $State)
    $Farms = (Invoke-Appcmd @('list', 'config', '/section:webFarms', '/config:*')).Output
    if ($Farms -match '<webFarm ') {
        Write-Line '    kept: the proxy of IIS as it is, because other farms use it'
        return
    }
    if ($State.proxy_enabled) { Invoke-Appcmd @('set', 'config', '/section:system.webServer/proxy', "/enabled:$($State.proxy_enabled)", '/commit:apphost') | Out-Null }
    if ($State.forwarded_protocol) { return }
    Invoke-Appcmd @('set', 'config', '/section:system.webServer/rewrite/allowedServerVariables', "/-[name='HTTP_X_FORWARDED_PROTO']", '/commit:apphost') -Expect 0, 4312 | Out-Null
}

# The calls that were last carried out, so that a second run changes nothing.
function Get-FrontPath { return Join-Path (Get-StateFolder) 'front.json' }

function Set-IisFront {
    param([object] $Release)
    $Calls = @(Get-IisCall $Release)
    $Text = @($Calls | ForEach-Object { $_ -join ' ' })
    $Done = @()
    $Backups = @()
    $Before = $null
    $Traffic = ''
    if (Test-Path -LiteralPath (Get-FrontPath)) {
        $Front = Read-JsonFile (Get-FrontPath)
        $Done = @($Front.calls)
        $Before = $Front.before
        $Traffic = $Front.traffic
        $Backups = @($Front.backups)
    }
    Set-HostAlias $Release
    if (($Text -join "`n") -ceq ($Done -join "`n")) { return }
    if (-not $Before) { $Before = Get-IisState }
    $Root = "$env:SystemDrive\inetpub\$($Release.proxy.iis.site)"
    if (-not (Test-Path -LiteralPath $Root)) { New-Item -ItemType Directory -Path $Root -Force | Out-Null }
    $Backup = "$($Release.product.name)-before-$($Release.product.version)"
    Invoke-Appcmd @('add', 'backup', $Backup) -Expect 0, 183 | Out-Null
    try {
        Remove-IisFormer $Release.proxy.iis $Done $Text
        foreach ($Call in $Calls) { Invoke-Appcmd $Call -Expect 0, 183 | Out-Null }
        if ($Release.proxy.iis.tls) { Set-IisCertificate $Release }
    }
    catch {
        Invoke-Appcmd @('restore', 'backup', $Backup) | Out-Null
        Invoke-Appcmd @('delete', 'backup', $Backup) | Out-Null
        throw
    }
    Write-JsonFile (Get-FrontPath) ([pscustomobject]@{ calls = $Text; traffic = $Traffic; stale = $true; before = $Before; backups = @($Backups + $Backup | Sort-Object -Unique) })
    Add-Change 'site, farms and rules in IIS'
}

# Takes back what a former release added to rules and bindings and this one does not: a condition left behind keeps its rule from matching.
function Remove-IisFormer {
    param([object] $Iis, [string[]] $Done, [string[]] $Text)
    foreach ($Call in $Done) {
        if ($Text -ccontains $Call) { continue }
        if ($Call -match '^set config (/section:system\.webServer/rewrite/globalRules) /\+(.+) /commit:apphost$') {
            Invoke-Appcmd @('set', 'config', $Matches[1], "/-$($Matches[2])", '/commit:apphost') -Expect 0, 4312 | Out-Null
        }
        elseif ($Call.StartsWith("set site $($Iis.site) /+")) {
            Invoke-Appcmd @('set', 'site', $Iis.site, "/-$($Call.Substring("set site $($Iis.site) /+".Length))") -Expect 0, 50, 4312 | Out-Null
        }
        elseif ($Call.StartsWith("add site /name:$($Iis.site) ")) {
            Invoke-Appcmd @('set', 'site', $Iis.site, "/bindings:http/*:$($Iis.port):") -Expect 0, 50 | Out-Null
        }
    }
}

# Binds the certificate to the site's host name.
function Set-IisCertificate {
    param([object] $Release)
    $Tls = $Release.proxy.iis.tls
    $Thumbprint = $Tls.thumbprint
    if (-not $Thumbprint) {
        $Found = Get-ChildItem -Path Cert:\LocalMachine\My | Where-Object { $_.Subject -eq $Tls.subject -and $_.NotAfter -gt (Get-Date) } |
            Sort-Object -Property NotAfter -Descending | Select-Object -First 1
        if (-not $Found) { Stop-Run "no valid certificate with the subject ``$($Tls.subject)``" 'import it into LocalMachine\My' }
        $Thumbprint = $Found.Thumbprint
    }
    $Binding = "hostnameport=$($Tls.host):$($Tls.port)"
    Invoke-Native 'netsh.exe' @('http', 'delete', 'sslcert', $Binding) -Expect 0, 1 | Out-Null
    Invoke-Native 'netsh.exe' @('http', 'add', 'sslcert', $Binding, "certhash=$Thumbprint", 'appid={4dc3e181-e14b-4a21-b022-59fc669b0914}', 'certstorename=MY') | Out-Null
}

function Set-IisTraffic {
    param([object] $Release, [object[]] $Traffic)
    if (-not (Test-Path -LiteralPath (Get-FrontPath))) { return }
    $Front = Read-JsonFile (Get-FrontPath)
    $Text = @($Traffic | ForEach-Object { "$($_.Unit.Instance.service_name)=$($_.Weight)" }) -join ' '
    if ($Front.traffic -ceq $Text -and -not $Front.stale) { return }
    # A run that ends in between leaves the truth open.
    $Front.stale = $true
    Write-JsonFile (Get-FrontPath) $Front
    # Those that gain come first, so that there is a server at every moment.
    foreach ($Share in @($Traffic | Sort-Object -Property Weight -Descending)) {
        foreach ($Farm in @(Get-Farm $Release | Where-Object { $_.service -eq $Share.Unit.Service.name })) {
            $Serves = $Front.traffic -match ('(^| )' + [regex]::Escape($Share.Unit.Instance.service_name) + '=[1-9]')
            if ($Share.Weight -eq 0 -and $Serves) { Wait-ArrDrained $Farm.farm $Share.Unit }
            $Server = "[name='$($Farm.farm)'].[address='$($Share.Unit.Instance.host_alias)']"
            $Call = @('set', 'config', '/section:webFarms')
            if ($Share.Weight -gt 0) { $Call += "/$Server.applicationRequestRouting.weight:$($Share.Weight)", "/$Server.enabled:true" }
            else { $Call += "/$Server.enabled:false" }
            Invoke-Appcmd ($Call + '/commit:apphost') | Out-Null
            if ($Share.Weight -gt 0 -and -not $Serves) { Wait-ArrHealthy $Farm.farm $Share.Unit }
        }
    }
    $Front.traffic = $Text
    $Front.stale = $false
    Write-JsonFile (Get-FrontPath) $Front
    Add-Change 'traffic in IIS'
}

function Remove-IisFront {
    param([object] $Release)
    Set-HostAlias $Release -Remove
    if (-not (Test-Path -LiteralPath (Get-FrontPath))) { return }
    $Front = Read-JsonFile (Get-FrontPath)
    $Names = @($Release.proxy.routes | ForEach-Object { Get-IisRuleName $Release $_ }) + "$($Release.product.name) to https"
    foreach ($Name in $Names) {
        Invoke-Appcmd @('set', 'config', '/section:system.webServer/rewrite/globalRules', "/-[name='$Name']", '/commit:apphost') -Expect 0, 4312 | Out-Null
    }
    foreach ($Farm in Get-Farm $Release) {
        Invoke-Appcmd @('set', 'config', '/section:webFarms', "/-[name='$($Farm.farm)']", '/commit:apphost') -Expect 0, 4312 | Out-Null
    }
    Invoke-Appcmd @('delete', 'site', $Release.proxy.iis.site) -Expect 0, 50 | Out-Null
    Invoke-Appcmd @('delete', 'apppool', $Release.proxy.iis.site) -Expect 0, 50 | Out-Null
    if ($Release.proxy.iis.tls) {
        Invoke-Native 'netsh.exe' @('http', 'delete', 'sslcert', "hostnameport=$($Release.proxy.iis.tls.host):$($Release.proxy.iis.tls.port)") -Expect 0, 1 | Out-Null
    }
    Restore-IisState $Front.before
    foreach ($Backup in @($Front.backups)) { Invoke-Appcmd @('delete', 'backup', $Backup) -Expect 0, 2 | Out-Null }
    $Root = "$env:SystemDrive\inetpub\$($Release.proxy.iis.site)"
    if (Test-Path -LiteralPath $Root) { Remove-EmptyFolder $Root }
    Remove-Item -LiteralPath (Get-FrontPath) -Force
    Add-Change 'site, farms and rules in IIS removed'
}

function Set-Front {
    param([object] $Release)
    if ($Release.proxy.iis) { Set-IisFront $Release }
    if ($Release.proxy.nginx -and $Release.proxy.nginx.directory) { Set-NginxFront $Release }
}

function Remove-Front {
    param([object] $Release)
    if ($Release.proxy.iis) { Remove-IisFront $Release }
    if ($Release.proxy.nginx -and $Release.proxy.nginx.directory) { Remove-NginxFront $Release }
}
