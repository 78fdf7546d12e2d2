
# -- IIS: from what is there to what the release says, and back --

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
    Invoke-Appcmd @('set', 'config', '/section:system.webServer/rewrite/allowedServerVariables', "/-[name='HTTP_X_FORWARDED_PROTO']", '/commit:apphost') -Expect 0, 1168, 4312 | Out-Null
}

# front.json: the calls that were last carried out, so that a second run changes nothing; how the server was before the first of them.
function Get-FrontPath { return Join-Path (Get-StateFolder) 'front.json' }

function Read-Front {
    if (Test-Path -LiteralPath (Get-FrontPath)) { return Read-JsonFile (Get-FrontPath) }
    return [pscustomobject]@{ calls = @(); traffic = ''; stale = $true; before = (Get-IisState); certificate = '' }
}

function Set-IisFront {
    param([object] $Release)
    $Calls = @(Get-IisCall $Release | ForEach-Object { [pscustomobject]@{ words = $_ } })
    # A certificate that is not there is no reason to touch the site.
    if ($Release.proxy.iis.tls) { [void](Get-IisThumbprint $Release.proxy.iis.tls) }
    $Front = Read-Front
    Set-HostAlias $Release
    if ((Join-Call $Calls) -cne (Join-Call @($Front.calls))) {
        $Root = "$env:SystemDrive\inetpub\$($Release.proxy.iis.site)"
        if (-not (Test-Path -LiteralPath $Root)) { New-Item -ItemType Directory -Path $Root -Force | Out-Null }
        # Before the first call, so that an Uninstall after a crash knows of them.
        Write-JsonFile (Get-FrontPath) $Front
        Update-Iis $Release.proxy.iis @($Front.calls) $Calls $Front.before
        $Front.calls = $Calls
        $Front.stale = $true
        Add-Change 'site, farms and rules in IIS'
        Write-JsonFile (Get-FrontPath) $Front
    }
    # A certificate that was renewed changes no call.
    $Binding = if ($Release.proxy.iis.tls) { "$($Release.proxy.iis.tls.host):$($Release.proxy.iis.tls.port)" } else { '' }
    if ($Binding) { Set-IisCertificate $Release $Binding }
    if ($Front.certificate -ceq $Binding) { return }
    if ($Front.certificate) { Invoke-Native 'netsh.exe' @('http', 'delete', 'sslcert', "hostnameport=$($Front.certificate)") -Expect 0, 1 | Out-Null }
    $Front.certificate = $Binding
    Write-JsonFile (Get-FrontPath) $Front
}

function Join-Call {
    param([object[]] $Calls)
    return @($Calls | ForEach-Object { @($_.words) -join ' ' }) -join "`n"
}

# Takes back what the former release added and this one does not, then carries out the calls. When IIS refuses one, only what these
# calls did is taken back: the rest of the server's configuration, which others may have changed meanwhile, is left alone.
function Update-Iis {
    param([object] $Iis, [object[]] $Done, [object[]] $Calls, [object] $Before)
    $Tried = @()
    try {
        Undo-IisCall $Done $Calls
        foreach ($Call in $Calls) {
            $Tried += $Call
            Invoke-Appcmd @($Call.words) -Expect 0, 183 | Out-Null
        }
        Clear-IisFilter $Iis.site
    }
    catch {
        $Cause = $_
        Write-Line '    putting IIS back'
        try {
            Undo-IisCall $Tried $Done
            foreach ($Call in $Done) { Invoke-Appcmd @($Call.words) -Expect 0, 183 | Out-Null }
            foreach ($Call in @($Done | Where-Object { (@($_.words)[0..1] -join ' ') -eq 'add site' })) { Clear-IisFilter @($Call.words)[2].Substring('/name:'.Length) }
            if ($Done.Count -eq 0) {
                Restore-IisState $Before
                Remove-Item -LiteralPath (Get-FrontPath) -Force
            }
        }
        catch { Write-Line "    IIS is not as it was: $($_.Exception.Message)" }
        throw $Cause
    }
}

# Takes back the additions among some calls that are not among others, the last one first. A condition that was left behind would keep its rule from
# matching. What the whole server shares is not touched.
function Undo-IisCall {
    param([object[]] $Calls, [object[]] $Others)
    $Stay = @($Others | ForEach-Object { @($_.words) -join ' ' })
    $Gone = @($Calls | Where-Object { $Stay -cnotcontains (@($_.words) -join ' ') })
    [array]::Reverse($Gone)
    foreach ($Call in $Gone) {
        $Undo = @(Get-IisUndo @($Call.words) $Others)
        if ($Undo.Count -eq 0) { continue }
        if ($Undo[0] -eq 'clear' -and (Invoke-Appcmd @('list', 'site', $Undo[2]) -Expect 0, 1).Code -ne 0) { continue }
        Invoke-Appcmd $Undo -Expect 0, 50, 1168, 4312 | Out-Null
    }
}

# The call that takes another one back, or nothing when it has nothing of its own.
function Get-IisUndo {
    param([string[]] $Words, [object[]] $Others)
    $Site = "$($Words[2])"
    switch ("$($Words[0]) $($Words[1])") {
        'add apppool' { return @('delete', 'apppool', $Site.Substring('/name:'.Length)) }
        'add site' {
            # The same site with another binding.
            $Same = @($Others | Where-Object { (@($_.words)[0..2] -join ' ') -ceq ($Words[0..2] -join ' ') })
            if ($Same.Count -eq 0) { return @('delete', 'site', $Site.Substring('/name:'.Length)) }
            return @('set', 'site', $Site.Substring('/name:'.Length), @($Same[0].words)[3])
        }
        'set site' { return @('set', 'site', $Site, ($Words[3] -replace '^/\+', '/-')) }
        'set config' {
            if (-not $Site.StartsWith('/section:')) { return @('clear', 'config', $Site, (Get-IisFilterSection), '/commit:apphost') }
            if ($Site -cmatch 'allowedServerVariables$' -or $Words[3] -notmatch '^/\+(.+)$') { return }
            $Added = $Matches[1]
            # A rule and a farm are found by their names alone.
            $Entry = [regex]::Match($Added, "^\[name='(?:[^']|'')*'(?=,[^\]]*\]$)")
            if ($Entry.Success) { $Added = $Entry.Value + ']' }
            $Server = [regex]::Match($Added, "^(\[name='(?:[^']|'')*'\]\.\[address='(?:[^']|'')*')(?=,)")
            if ($Server.Success) { $Added = $Server.Value + ']' }
            return @('set', 'config', $Site, "/-$Added", '/commit:apphost')
        }
    }
}

# Names and extensions that IIS hides because they are files of ASP.NET; behind a proxy they are addresses of the service.
function Clear-IisFilter {
    param([string] $Site)
    $Text = (Invoke-Appcmd @('list', 'config', $Site, (Get-IisFilterSection), '/config:*')).Output
    $Call = @('set', 'config', $Site, (Get-IisFilterSection))
    foreach ($Entry in @(([xml]$Text).SelectNodes('//hiddenSegments/add'))) { $Call += "/-hiddenSegments.[segment='$($Entry.GetAttribute('segment'))']" }
    foreach ($Entry in @(([xml]$Text).SelectNodes('//fileExtensions/add'))) {
        if ($Entry.GetAttribute('allowed') -eq 'false') { $Call += "/-fileExtensions.[fileExtension='$($Entry.GetAttribute('fileExtension'))']" }
    }
    if ($Call.Count -gt 4) { Invoke-Appcmd ($Call + '/commit:apphost') | Out-Null }
}

# The certificate that the release names: by its thumbprint, or the valid one of its subject that ends last.
function Get-IisThumbprint {
    param([object] $Tls)
    $Store = @(Get-ChildItem -Path Cert:\LocalMachine\My)
    if ($Tls.thumbprint) { $Found = @($Store | Where-Object { $_.Thumbprint -eq $Tls.thumbprint }) }
    else { $Found = @($Store | Where-Object { $_.Subject -eq $Tls.subject -and $_.NotAfter -gt (Get-Date) } | Sort-Object -Property NotAfter -Descending) }
    if ($Found.Count -eq 0) { Stop-Run "no valid certificate ``$(if ($Tls.thumbprint) { $Tls.thumbprint } else { $Tls.subject })``" 'import it with its private key into LocalMachine\My' }
    return $Found[0].Thumbprint
}

# What is bound to a name and a port: hash, application and store, or nothing. The labels are translated, the values are not.
function Get-IisCertificate {
    param([string] $Binding)
    $Shown = Invoke-Native 'netsh.exe' @('http', 'show', 'sslcert', "hostnameport=$Binding") -Expect 0, 1
    $Found = [regex]::Match($Shown.Output, '(?i)[:\uFF1A]\s*([0-9a-f]{40})\s*\r?\n[^\r\n]*[:\uFF1A]\s*(\{[0-9a-f-]{36}\})\s*\r?\n[^\r\n]*[:\uFF1A]\s*(\w+)')
    if (-not $Found.Success) { return $null }
    return [pscustomobject]@{ Hash = $Found.Groups[1].Value; Application = $Found.Groups[2].Value; Store = $Found.Groups[3].Value }
}

function Add-IisCertificate {
    param([string] $Binding, [object] $Certificate)
    Invoke-Native 'netsh.exe' @('http', 'add', 'sslcert', "hostnameport=$Binding", "certhash=$($Certificate.Hash)", "appid=$($Certificate.Application)", "certstorename=$($Certificate.Store)") | Out-Null
}

# Binds the certificate to the site's host name. Windows changes no binding: the former one goes first, and comes back when the new one is refused.
function Set-IisCertificate {
    param([object] $Release, [string] $Binding)
    $Wanted = [pscustomobject]@{ Hash = (Get-IisThumbprint $Release.proxy.iis.tls); Application = '{4dc3e181-e14b-4a21-b022-59fc669b0914}'; Store = 'MY' }
    $Now = Get-IisCertificate $Binding
    if ($Now -and $Now.Hash -eq $Wanted.Hash) { return }
    if ($Now) { Invoke-Native 'netsh.exe' @('http', 'delete', 'sslcert', "hostnameport=$Binding") | Out-Null }
    try { Add-IisCertificate $Binding $Wanted }
    catch {
        $Cause = $_
        if ($Now) { Add-IisCertificate $Binding $Now }
        throw $Cause
    }
    Add-Change "certificate of $Binding"
}

function Set-IisTraffic {
    param([object] $Release, [object[]] $Traffic)
    if (-not (Test-Path -LiteralPath (Get-FrontPath))) { return }
    $Front = Read-Front
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
    $Front = Read-Front
    # Those of the release, which a run that was cut off may have made, and those that were carried out.
    Undo-IisCall (@(Get-IisCall $Release | ForEach-Object { [pscustomobject]@{ words = $_ } }) + @($Front.calls)) @()
    if ($Front.certificate) { Invoke-Native 'netsh.exe' @('http', 'delete', 'sslcert', "hostnameport=$($Front.certificate)") -Expect 0, 1 | Out-Null }
    Restore-IisState $Front.before
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
